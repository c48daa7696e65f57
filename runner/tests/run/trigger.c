/*
 * trigger COMM ACTION ARGUMENT… [, ACTION ARGUMENT…]…: system calls whose arguments are known.
 *
 * In: the name that the process takes just before the first action, then the actions; strings are
 * written in hexadecimal. Out: the system calls, and nothing else of the kinds that are watched;
 * `tid` prints. It must not fail because a call did: failing calls are what is asked for.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char *bytes(const char *hex)
{
	size_t len = strlen(hex) / 2;
	char *out = calloc(1, len + 1);

	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (char)byte;
	}
	return out;
}

/* The same bytes in a page that this process has never touched. */
static char *cold(const char *hex)
{
	char *text = bytes(hex);
	int file = memfd_create("cold", 0);

	if (write(file, text, strlen(text) + 1) < 0)
		_exit(2);
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
}

/* The same bytes at the very end of a page, behind which there is no other. */
static char *edge(const char *hex)
{
	size_t len = strlen(hex) / 2 + 1;
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(pages + 4096 - len, bytes(hex), len);
	munmap(pages + 4096, 4096);
	return pages + 4096 - len;
}

static void *in_thread(void *unused)
{
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	syscall(SYS_close, -1);
	return unused;
}

/* Uses up so many milliseconds of processor time. */
static void spin(long milliseconds)
{
	while (clock() / (CLOCKS_PER_SEC / 1000) < milliseconds)
		;
}

/* Writes to so many pages that were not there before: one page fault each. */
static void touch(long pages)
{
	size_t bytes = (size_t)pages * 4096;
	char *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(fresh, bytes, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < bytes; at += 4096)
		((volatile char *)fresh)[at] = 1;
}

/* A number, or the address of the bytes behind an `@`. */
static long value(const char *word)
{
	return word[0] == '@' ? (long)bytes(word + 1) : strtol(word, NULL, 0);
}

/* call NUMBER ARGUMENT…: any system call. */
static void call(char **word)
{
	long args[7] = {0};

	for (int i = 0; i < 7 && word[i] && strcmp(word[i], ","); i++)
		args[i] = value(word[i]);
	syscall(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
}

static void act(char **word)
{
	const char *action = word[0];

	if (!strcmp(action, "unlink")) {
		syscall(SYS_unlink, bytes(word[1]));
	} else if (!strcmp(action, "unlinkat")) {
		syscall(SYS_unlinkat, AT_FDCWD, bytes(word[1]), 0);
	} else if (!strcmp(action, "cold")) {
		syscall(SYS_unlink, cold(word[1]));
	} else if (!strcmp(action, "bad")) {
		syscall(SYS_unlink, 8L);
	} else if (!strcmp(action, "rename")) {
		syscall(SYS_rename, bytes(word[1]), bytes(word[2]));
	} else if (!strcmp(action, "close")) {
		syscall(SYS_close, atol(word[1]));
	} else if (!strcmp(action, "lseek")) {
		syscall(SYS_lseek, atol(word[1]), atol(word[2]), atol(word[3]));
	} else if (!strcmp(action, "write")) {
		int fd = atoi(word[1]);

		dup2(open("/dev/null", O_WRONLY), fd);
		syscall(SYS_write, fd, calloc(1, (size_t)atol(word[2])), atol(word[2]));
	} else if (!strcmp(action, "say")) {
		dup2(open("/dev/null", O_WRONLY), 900);
		syscall(SYS_write, 900, bytes(word[1]), strlen(word[1]) / 2);
	} else if (!strcmp(action, "hear")) {
		int ends[2];

		if (pipe(ends) < 0 || write(ends[1], bytes(word[1]), strlen(word[1]) / 2) < 0)
			_exit(2);
		dup2(ends[0], 901);
		syscall(SYS_read, 901, calloc(1, 8192), 8192);
	} else if (!strcmp(action, "deaf")) {
		syscall(SYS_read, 902, calloc(1, 8), 8);
	} else if (!strcmp(action, "exec")) {
		/* A program that is not there; what follows up to the comma are its arguments. */
		char *arguments[100] = {0};

		for (int i = 1; i < 100 && word[i] && strcmp(word[i], ","); i++)
			arguments[i - 1] = bytes(word[i]);
		syscall(SYS_execve, "/nonexistent/program", arguments, NULL);
	} else if (!strcmp(action, "edge")) {
		syscall(SYS_unlink, edge(word[1]));
	} else if (!strcmp(action, "call")) {
		call(word + 1);
	} else if (!strcmp(action, "kill-parent")) {
		syscall(SYS_kill, getppid(), 0);
	} else if (!strcmp(action, "become")) {
		syscall(SYS_setresgid, atol(word[2]), atol(word[2]), atol(word[2]));
		syscall(SYS_setresuid, atol(word[1]), atol(word[1]), atol(word[1]));
	} else if (!strcmp(action, "pin")) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(atoi(word[1]), &set);
		sched_setaffinity(0, sizeof(set), &set);
	} else if (!strcmp(action, "sleep")) {
		usleep((useconds_t)atol(word[1]));
	} else if (!strcmp(action, "name")) {
		prctl(PR_SET_NAME, word[1]);
	} else if (!strcmp(action, "spin")) {
		spin(atol(word[1]));
	} else if (!strcmp(action, "touch")) {
		touch(atol(word[1]));
	} else if (!strcmp(action, "naps")) {
		for (long i = 0; i < atol(word[1]); i++)
			usleep(1000);
	} else if (!strcmp(action, "thread")) {
		pthread_t thread;

		pthread_create(&thread, NULL, in_thread, NULL);
		pthread_join(thread, NULL);
	} else if (!strcmp(action, "fork")) {
		if (fork() == 0) {
			syscall(SYS_close, -1);
			_exit(0);
		}
		sleep(1);
	} else if (!strcmp(action, "flood")) {
		for (long i = 0; i < atol(word[1]); i++)
			syscall(SYS_close, -1);
	} else {
		fprintf(stderr, "trigger: no action `%s`\n", action);
		_exit(2);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	prctl(PR_SET_NAME, argv[1]);
	for (int i = 2; i < argc; i++) {
		if (i == 2 || !strcmp(argv[i - 1], ","))
			act(&argv[i]);
	}
	_exit(0);
}
