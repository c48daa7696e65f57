/*
 * nested_epoll DEPTH: adds to an epoll descriptor another, which holds another, and so on, DEPTH in
 * all. The kernel looks for a circle by a function that calls itself once for each.
 */
#include <stdlib.h>
#include <sys/epoll.h>

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	int inner, depth = argc == 2 ? atoi(argv[1]) : 0;

	if (depth < 1 || (inner = epoll_create1(0)) < 0)
		return 2;
	for (; depth > 0; depth--) {
		int outer = epoll_create1(0);

		if (outer < 0 || epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) != 0)
			return 1;
		inner = outer;
	}
	return 0;
}
