/*
 * nowhere: connects a descriptor that is none to 192.0.2.1 and to 2001:db8::1, port 4660, and opens a
 * file in a folder that is not there. All of it must fail.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(4660)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(4660)};

	inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	if (connect(-1, (struct sockaddr *)&four, sizeof(four)) == 0 ||
	    connect(-1, (struct sockaddr *)&six, sizeof(six)) == 0 ||
	    open("/no/where", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640) >= 0) {
		fprintf(stderr, "nowhere: a call succeeded\n");
		return 1;
	}
	return 0;
}
