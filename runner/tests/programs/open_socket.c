/*
 * open_socket KIND: makes one socket and closes it. KIND is `inet6-dgram` (socket type 2, address
 * family 10), `inet-stream` (type 1, family 2) or `unix-stream` (type 1, family 1).
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *kind;
		int family;
		int type;
	} kinds[] = {
		{"inet6-dgram", AF_INET6, SOCK_DGRAM},
		{"inet-stream", AF_INET, SOCK_STREAM},
		{"unix-stream", AF_UNIX, SOCK_STREAM},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].kind) != 0)
			continue;
		int fd = socket(kinds[i].family, kinds[i].type, 0);
		if (fd < 0) {
			perror("socket");
			return 1;
		}
		close(fd);
		return 0;
	}
	fprintf(stderr, "usage: open_socket inet6-dgram|inet-stream|unix-stream\n");
	return 2;
}
