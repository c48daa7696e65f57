//! The constants of the user-space interface that are C macros, which BTF does not hold: flags and
//! numbered things by the prefix of their names.

use super::Arch;

/// Constants that share a prefix.
pub struct Group {
    /// What their names begin with.
    pub prefix: &'static str,
    /// Where they are used.
    pub about: &'static str,
    parts: &'static [Part],
}

/// Constants that are told from each other in one way.
struct Part {
    /// `None`: everywhere.
    arch: Option<Arch>,
    bits: Bits,
    names: &'static [(&'static str, i64)],
}

/// Which bits a constant is about.
enum Bits {
    /// Those that are set in it.
    Own,
    /// These, which hold a number.
    Of(u64),
    /// These, which hold a signal.
    Signal(u64),
}

/// One constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// The bits that it is about; all of them where the value has no parts.
    pub mask: u64,
    /// What they hold.
    pub value: u64,
}

impl Group {
    /// The group of exactly that prefix.
    pub fn find(prefix: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.prefix == prefix)
    }

    /// Its constants on `arch`, in the order of the table.
    pub fn constants(&self, arch: Arch) -> Vec<Constant> {
        let mut all = Vec::new();
        let here = |part: &&Part| part.arch.is_none_or(|own| own == arch);
        for part in self.parts.iter().filter(here) {
            let own = part.names.iter().map(|(name, value)| ((*name).to_owned(), bits(*value)));
            all.extend(own.map(|(name, value)| {
                let mask = match part.bits {
                    Bits::Own => value,
                    Bits::Of(mask) | Bits::Signal(mask) => mask,
                };
                Constant { name, mask, value }
            }));
            if let Bits::Signal(mask) = part.bits {
                let signals = super::signals().map(|(number, name)| (name, bits(number)));
                all.extend(signals.map(|(name, value)| Constant { name, mask, value }));
            }
        }
        all
    }
}

/// An `int` that uses its highest bit counts as negative, and is meant as 32 bits.
fn bits(value: i64) -> u64 {
    if value < 0 { u64::from(value as u32) } else { value as u64 }
}

/// Declares [`GROUPS`]: prefix, where it is used, and its parts. A part has names of the libc crate
/// and, behind a `+`, what that crate lacks or has for the machine only that `runner` is built for.
/// A part with an `[Arch]` is of that one alone.
macro_rules! groups {
    ($($prefix:literal $about:literal: $($([$arch:ident])? $part:ident $(($mask:literal))? {
        $($name:ident)* $(+ $($more:ident = $value:literal),*)?
    })*)*) => {
        /// Every group, in the order of their prefixes.
        #[allow(deprecated)] // Programs use what libc advises against.
        pub const GROUPS: &[Group] = &[$(Group {
            prefix: $prefix,
            about: $about,
            parts: &[$(Part {
                arch: groups!(@ arch $($arch)?),
                bits: groups!(@ $part $($mask)?),
                names: &[
                    $((stringify!($name), libc::$name as i64),)*
                    $($((stringify!($more), $value)),*)?
                ],
            }),*],
        }),*];
    };
    (@ arch) => { None };
    (@ arch $arch:ident) => { Some(Arch::$arch) };
    (@ each) => { Bits::Own };
    (@ within $mask:literal) => { Bits::Of($mask) };
    (@ whole) => { Bits::Of(u64::MAX) };
    (@ signals $mask:literal) => { Bits::Signal($mask) };
}

groups! {
    "AF_" "socket(2)'s family":
        whole {
            AF_UNSPEC AF_UNIX AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC
            AF_X25 AF_INET6 AF_ROSE AF_NETBEUI AF_SECURITY AF_KEY AF_NETLINK AF_PACKET AF_ASH
            AF_ECONET AF_ATMSVC AF_RDS AF_SNA AF_IRDA AF_PPPOX AF_WANPIPE AF_LLC AF_IB AF_MPLS
            AF_CAN AF_TIPC AF_BLUETOOTH AF_IUCV AF_RXRPC AF_ISDN AF_PHONET AF_IEEE802154 AF_CAIF
            AF_ALG AF_NFC AF_VSOCK + AF_KCM = 41, AF_QIPCRTR = 42, AF_SMC = 43, AF_XDP = 44,
            AF_MCTP = 45
        }
    "CLOCK_" "clock_gettime(2)":
        whole {
            CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID
            CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME
            CLOCK_REALTIME_ALARM CLOCK_BOOTTIME_ALARM CLOCK_TAI
        }
    "CLONE_" "clone(2), unshare(2), setns(2)":
        signals(0xff) {}
        within(0xff) { + CLONE_NEWTIME = 0x80 }
        each {
            CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK
            CLONE_PARENT CLONE_THREAD CLONE_NEWNS CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID
            CLONE_CHILD_CLEARTID CLONE_DETACHED CLONE_UNTRACED CLONE_CHILD_SETTID CLONE_NEWCGROUP
            CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET CLONE_IO +
            CLONE_CLEAR_SIGHAND = 0x1_0000_0000, CLONE_INTO_CGROUP = 0x2_0000_0000
        }
    "EPOLL" "epoll_ctl(2)'s events":
        each {
            EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM
            EPOLLWRBAND EPOLLMSG EPOLLRDHUP EPOLLEXCLUSIVE EPOLLWAKEUP EPOLLONESHOT EPOLLET
        }
    "EPOLL_" "epoll_create1(2)":
        each { EPOLL_CLOEXEC }
    "EPOLL_CTL_" "epoll_ctl(2)'s operation":
        whole { EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD }
    "FALLOC_FL_" "fallocate(2)":
        each {
            FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_ZERO_RANGE
            FALLOC_FL_INSERT_RANGE FALLOC_FL_UNSHARE_RANGE + FALLOC_FL_NO_HIDE_STALE = 4
        }
    "FUTEX_" "futex(2)":
        within(0x7f) {
            FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP
            FUTEX_LOCK_PI FUTEX_UNLOCK_PI FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET FUTEX_WAKE_BITSET
            FUTEX_WAIT_REQUEUE_PI FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2
        }
        each { FUTEX_PRIVATE_FLAG FUTEX_CLOCK_REALTIME }
    "F_" "fcntl(2)'s operation":
        whole {
            F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN
            F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_SETLEASE F_GETLEASE F_NOTIFY F_DUPFD_CLOEXEC
            F_CANCELLK F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS +
            F_SETSIG = 10, F_GETSIG = 11, F_SETOWN_EX = 15, F_GETOWN_EX = 16, F_GETOWNER_UIDS = 17
        }
    "GRND_" "getrandom(2)":
        each { GRND_NONBLOCK GRND_RANDOM GRND_INSECURE }
    "IN_" "inotify_add_watch(2)":
        each {
            IN_ACCESS IN_MODIFY IN_ATTRIB IN_CLOSE_WRITE IN_CLOSE_NOWRITE IN_OPEN IN_MOVED_FROM
            IN_MOVED_TO IN_CREATE IN_DELETE IN_DELETE_SELF IN_MOVE_SELF IN_UNMOUNT IN_Q_OVERFLOW
            IN_IGNORED IN_ONLYDIR IN_DONT_FOLLOW IN_EXCL_UNLINK IN_MASK_CREATE IN_MASK_ADD
            IN_ISDIR IN_ONESHOT
        }
    "IPPROTO_" "socket(2)'s protocol":
        whole {
            IPPROTO_IP IPPROTO_ICMP IPPROTO_IGMP IPPROTO_IPIP IPPROTO_TCP IPPROTO_EGP IPPROTO_PUP
            IPPROTO_UDP IPPROTO_IDP IPPROTO_TP IPPROTO_DCCP IPPROTO_IPV6 IPPROTO_RSVP IPPROTO_GRE
            IPPROTO_ESP IPPROTO_AH IPPROTO_MTP IPPROTO_BEETPH IPPROTO_ENCAP IPPROTO_PIM
            IPPROTO_COMP IPPROTO_SCTP IPPROTO_UDPLITE IPPROTO_MPLS IPPROTO_ETHERNET IPPROTO_RAW
            IPPROTO_MPTCP IPPROTO_ICMPV6
        }
    "LOCK_" "flock(2)":
        within(0xb) { LOCK_SH LOCK_EX LOCK_UN }
        each { LOCK_NB }
    "MADV_" "madvise(2)":
        whole {
            MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_DONTNEED MADV_FREE
            MADV_REMOVE MADV_DONTFORK MADV_DOFORK MADV_MERGEABLE MADV_UNMERGEABLE MADV_HUGEPAGE
            MADV_NOHUGEPAGE MADV_DONTDUMP MADV_DODUMP MADV_WIPEONFORK MADV_KEEPONFORK MADV_COLD
            MADV_PAGEOUT MADV_POPULATE_READ MADV_POPULATE_WRITE MADV_DONTNEED_LOCKED MADV_COLLAPSE
            MADV_HWPOISON MADV_SOFT_OFFLINE
        }
    "MAP_" "mmap(2)":
        within(0xf) { MAP_SHARED MAP_PRIVATE MAP_SHARED_VALIDATE MAP_DROPPABLE }
        within(0xfc00_0000) {
            MAP_HUGE_64KB MAP_HUGE_512KB MAP_HUGE_1MB MAP_HUGE_2MB MAP_HUGE_8MB MAP_HUGE_16MB
            MAP_HUGE_32MB MAP_HUGE_256MB MAP_HUGE_512MB MAP_HUGE_1GB MAP_HUGE_2GB MAP_HUGE_16GB
        }
        each {
            MAP_FIXED MAP_ANONYMOUS MAP_GROWSDOWN MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED
            MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC
            MAP_FIXED_NOREPLACE
        }
        [X86_64] each { + MAP_32BIT = 0x40, MAP_ABOVE4G = 0x80 }
    "MCL_" "mlockall(2)":
        each { MCL_CURRENT MCL_FUTURE MCL_ONFAULT }
    "MFD_" "memfd_create(2)":
        each { MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB MFD_NOEXEC_SEAL MFD_EXEC }
        within(0xfc00_0000) {
            MFD_HUGE_64KB MFD_HUGE_512KB MFD_HUGE_1MB MFD_HUGE_2MB MFD_HUGE_8MB MFD_HUGE_16MB
            MFD_HUGE_32MB MFD_HUGE_256MB MFD_HUGE_512MB MFD_HUGE_1GB MFD_HUGE_2GB MFD_HUGE_16GB
        }
    "MNT_" "umount2(2)":
        each { MNT_FORCE MNT_DETACH MNT_EXPIRE + UMOUNT_NOFOLLOW = 0x8 }
    "MREMAP_" "mremap(2)":
        each { MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP }
    "MSG_" "send(2), recv(2)":
        each {
            MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL
            MSG_FIN MSG_SYN MSG_CONFIRM MSG_RST MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE
            MSG_ZEROCOPY MSG_FASTOPEN MSG_CMSG_CLOEXEC + MSG_PROBE = 0x10, MSG_BATCH = 0x40000,
            MSG_SPLICE_PAGES = 0x8000000
        }
    "MS_" "mount(2)":
        within(0xffff_0000) { MS_MGC_VAL }
        each {
            MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS MS_REMOUNT MS_MANDLOCK
            MS_DIRSYNC MS_NOSYMFOLLOW MS_NOATIME MS_NODIRATIME MS_BIND MS_MOVE MS_REC MS_SILENT
            MS_POSIXACL MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED MS_RELATIME MS_KERNMOUNT
            MS_I_VERSION MS_STRICTATIME MS_LAZYTIME MS_ACTIVE MS_NOUSER
        }
    "O_" "open(2)":
        within(0x3) { O_RDONLY O_WRONLY O_RDWR }
        each {
            O_SYNC O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC O_ASYNC O_NOATIME
            O_CLOEXEC O_PATH
        }
        [X86_64] each {
            + O_TMPFILE = 0o20200000, O_DIRECT = 0o40000, O_LARGEFILE = 0o100000,
            O_DIRECTORY = 0o200000, O_NOFOLLOW = 0o400000
        }
        [Aarch64] each {
            + O_TMPFILE = 0o20040000, O_DIRECTORY = 0o40000, O_NOFOLLOW = 0o100000,
            O_DIRECT = 0o200000, O_LARGEFILE = 0o400000
        }
    "POLL" "poll(2)":
        each {
            POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM
            POLLWRBAND POLLRDHUP
        }
    "PROT_" "mmap(2), mprotect(2)":
        whole { PROT_NONE }
        each { PROT_READ PROT_WRITE PROT_EXEC PROT_GROWSDOWN PROT_GROWSUP + PROT_SEM = 0x8 }
        [Aarch64] each { + PROT_BTI = 0x10, PROT_MTE = 0x20 }
    "PTRACE_" "ptrace(2)'s operation":
        whole {
            PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSER PTRACE_POKETEXT
            PTRACE_POKEDATA PTRACE_POKEUSER PTRACE_CONT PTRACE_KILL PTRACE_SINGLESTEP
            PTRACE_ATTACH PTRACE_DETACH PTRACE_SYSCALL PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO
            PTRACE_SETSIGINFO PTRACE_GETREGSET PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT
            PTRACE_LISTEN PTRACE_PEEKSIGINFO PTRACE_GETSIGMASK PTRACE_SETSIGMASK
            PTRACE_GET_SYSCALL_INFO PTRACE_GET_RSEQ_CONFIGURATION +
            PTRACE_SYSEMU = 31, PTRACE_SYSEMU_SINGLESTEP = 32,
            PTRACE_SECCOMP_GET_METADATA = 0x420d
        }
        [X86_64] whole {
            + PTRACE_GETREGS = 12, PTRACE_SETREGS = 13, PTRACE_GETFPREGS = 14,
            PTRACE_SETFPREGS = 15, PTRACE_GETFPXREGS = 18, PTRACE_SETFPXREGS = 19,
            PTRACE_GET_THREAD_AREA = 25, PTRACE_SET_THREAD_AREA = 26, PTRACE_ARCH_PRCTL = 30
        }
        [Aarch64] whole { + PTRACE_PEEKMTETAGS = 33, PTRACE_POKEMTETAGS = 34 }
    "RENAME_" "renameat2(2)":
        each { RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT }
    "RESOLVE_" "openat2(2)":
        each {
            RESOLVE_NO_XDEV RESOLVE_NO_MAGICLINKS RESOLVE_NO_SYMLINKS RESOLVE_BENEATH
            RESOLVE_IN_ROOT RESOLVE_CACHED
        }
    "RLIMIT_" "prlimit(2)":
        whole {
            RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC
            RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS RLIMIT_SIGPENDING RLIMIT_MSGQUEUE
            RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME
        }
    "RWF_" "preadv2(2), pwritev2(2)":
        each {
            RWF_HIPRI RWF_DSYNC RWF_SYNC RWF_NOWAIT RWF_APPEND RWF_NOAPPEND RWF_ATOMIC
            RWF_DONTCACHE
        }
    "SA_" "sigaction(2)":
        each {
            SA_NOCLDSTOP SA_NOCLDWAIT SA_SIGINFO SA_ONSTACK SA_RESTART SA_NODEFER SA_RESETHAND +
            SA_RESTORER = 0x4000000
        }
    "SCHED_" "sched_setscheduler(2)'s policy":
        within(0xffff) {
            SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_IDLE SCHED_DEADLINE + SCHED_EXT =
            0x7
        }
        each { SCHED_RESET_ON_FORK }
    "SEEK_" "lseek(2)":
        whole { SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE }
    "SHUT_" "shutdown(2)":
        whole { SHUT_RD SHUT_WR SHUT_RDWR }
    "SOCK_" "socket(2), accept4(2)":
        within(0xf) {
            SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_PACKET
        }
        each { SOCK_NONBLOCK SOCK_CLOEXEC }
    "SOL_" "setsockopt(2)'s level":
        whole {
            SOL_IP SOL_SOCKET SOL_TCP SOL_UDP SOL_IPV6 SOL_ICMPV6 SOL_RAW SOL_PACKET SOL_NETLINK
            SOL_ALG SOL_TLS SOL_XDP + SOL_SCTP = 132
        }
    "SPLICE_F_" "splice(2)":
        each { SPLICE_F_MOVE SPLICE_F_NONBLOCK SPLICE_F_MORE SPLICE_F_GIFT }
    "S_I" "the mode of a file":
        within(0o170000) { S_IFSOCK S_IFLNK S_IFREG S_IFBLK S_IFDIR S_IFCHR S_IFIFO }
        each {
            S_ISUID S_ISGID S_ISVTX S_IRUSR S_IWUSR S_IXUSR S_IRGRP S_IWGRP S_IXGRP S_IROTH
            S_IWOTH S_IXOTH
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_have_the_groups_prefix_and_lie_within_their_mask() {
        for (group, arch) in GROUPS.iter().flat_map(|group| Arch::ALL.map(|arch| (group, arch))) {
            let constants = group.constants(arch);
            assert!(!constants.is_empty() && !group.about.is_empty(), "{}", group.prefix);
            for constant in &constants {
                let Constant { name, mask, value } = constant;
                assert_eq!(value & !mask, 0, "{name}");
                let twin =
                    constants.iter().filter(|other| (other.mask, other.value) == (*mask, *value));
                assert_eq!(twin.count(), 1, "{name}");
            }
        }
        let prefixes: Vec<_> = GROUPS.iter().map(|group| group.prefix).collect();
        assert!(prefixes.is_sorted());
    }

    #[test]
    fn values_are_those_of_the_kernel() {
        let value = |prefix: &str, name: &str| {
            let constants = Group::find(prefix).unwrap().constants(Arch::X86_64);
            constants.into_iter().find(|constant| constant.name == name).unwrap().value
        };
        assert_eq!(value("O_", "O_TMPFILE"), 0x410000);
        assert_eq!(value("O_", "O_LARGEFILE"), 0x8000);
        assert_eq!(value("CLONE_", "CLONE_IO"), 0x8000_0000);
        assert_eq!(value("CLONE_", "CLONE_INTO_CGROUP"), 0x2_0000_0000);
        assert_eq!(value("CLONE_", "SIGCHLD"), 17);
        assert_eq!(value("MS_", "MS_NOUSER"), 0x8000_0000);
        assert_eq!(value("S_I", "S_IFSOCK"), 0o140000);
    }
}
