// Has the kernel pass structures by value: a user's number, and where the value of an option is.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

int main(void)
{
	int ttl = 77;
	int datagram = socket(AF_INET, SOCK_DGRAM, 0);

	// Nobody has this number; to say so, the kernel looks for it.
	getpriority(PRIO_USER, 4242);
	return setsockopt(datagram, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) != 0;
}
