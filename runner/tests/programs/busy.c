/*
 * busy ACTION NUMBER [CPU]: keeps the kernel's clocks and counters busy, under the name ACTION.
 *
 * burn MILLISECONDS of processor time; touch PAGES that were not there before; nap TIMES. With CPU
 * it runs nowhere else, and takes its name only once it is there.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	long number = atol(argv[2]);

	if (argc > 3) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(atoi(argv[3]), &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			return 1;
	}
	prctl(PR_SET_NAME, argv[1]);
	if (!strcmp(argv[1], "burn")) {
		while (clock() / (CLOCKS_PER_SEC / 1000) < number)
			;
	} else if (!strcmp(argv[1], "touch")) {
		size_t bytes = (size_t)number * 4096;
		char *fresh =
			mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (fresh == MAP_FAILED)
			return 1;
		/* Kernels without huge pages do not know the advice, nor do they need it. */
		(void)madvise(fresh, bytes, MADV_NOHUGEPAGE);
		for (size_t at = 0; at < bytes; at += 4096)
			((volatile char *)fresh)[at] = 1;
	} else if (!strcmp(argv[1], "nap")) {
		for (long i = 0; i < number; i++)
			usleep(1000);
	} else {
		return 2;
	}
	return 0;
}
