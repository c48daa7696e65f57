// Brings kernel structures of its own into a known state, and hands over a socket's descriptor: of a
// UDP socket with options, an address and a peer, of a process with limits and groups.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define IPV6_FREEBIND 78

static void check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static void set(int fd, int level, int option, int value)
{
	check(setsockopt(fd, level, option, &value, sizeof value), "setsockopt");
}

int main(void)
{
	struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_port = htons(43210)};
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(0x1234)};
	struct rlimit limit = {321, 654};
	gid_t groups[] = {4242, 4243, 4250};
	struct stat self;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	check(fd, "socket");
	check(fd = dup2(fd, 7), "dup2");
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	set(fd, SOL_SOCKET, SO_MARK, 0x12345678);
	set(fd, SOL_SOCKET, SO_PRIORITY, 5);
	set(fd, SOL_SOCKET, SO_NO_CHECK, 1);
	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 200);
	own.sin6_addr = peer.sin6_addr = in6addr_loopback;
	check(bind(fd, (struct sockaddr *)&own, sizeof own), "bind");
	check(connect(fd, (struct sockaddr *)&peer, sizeof peer), "connect");
	check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	check(setgroups(3, groups), "setgroups");
	check(stat("/proc/self/exe", &self), "stat");
	// A socket has no offset: this fails, but the values have been seen.
	lseek(fd, self.st_ino, RLIMIT_NOFILE);
	return 0;
}
