// Hands over a structure that has a member of every shape, all with known values.
#include <stdint.h>
#include <string.h>

enum colour { RED = -3, GREEN, BLUE = 70000 };
enum large { LARGE = 0x1234567890 };

struct point {
	int16_t x;
	int32_t y;
};

struct __attribute__((packed)) tight {
	char first;
	unsigned a : 3;
	unsigned b : 14;
	int c : 11;
	uint64_t last;
};

struct __attribute__((packed)) nine {
	char a : 3;
	long far : 62;
	unsigned long whole : 64;
};

struct shapes {
	unsigned low : 3;
	int minus : 7;
	enum colour shade : 18;
	unsigned : 0;
	int alone : 30;
	int beyond : 9;
	_Bool yes : 1;
	long wide : 40;
	unsigned long rest : 24;
	struct point points[4];
	short table[3][2];
	char names[2][8];
	enum colour colour;
	enum large large;
	const volatile unsigned flags;
	int (*callback)(int);
	struct shapes *next;
	struct point *first;
	struct point **firsts;
	struct point (*all)[4];
	union {
		uint64_t both;
		struct {
			uint32_t half;
			int32_t other;
		};
	};
	struct tight tight;
	const char *text;
	const char *const *texts;
	struct nine *nine;
	int count;
	struct point tail[];
};

int called(int n)
{
	return n;
}

__attribute__((noinline)) void probe(struct shapes *s, int n, long far, unsigned char byte)
{
	__asm__ volatile("" : : "r"(s), "r"(n), "r"(far), "r"(byte) : "memory");
}

static union {
	struct shapes shapes;
	char room[sizeof(struct shapes) + 3 * sizeof(struct point)];
} one, two;

int main(void)
{
	static struct point spare[3] = {{1, 2}, {3, 4}, {5, 6}};
	static struct point *spares[3] = {&spare[2], &spare[1], &spare[0]};
	static struct nine nine;
	static const char *const texts[] = {"nought", "one", "two", 0};
	struct shapes *s = &one.shapes;

	s->low = 5;
	s->minus = -37;
	s->shade = BLUE;
	s->alone = -500000000;
	s->beyond = -200;
	s->yes = 1;
	s->wide = -500000000000;
	s->rest = 0xabcdef;
	for (int i = 0; i < 4; i++) {
		s->points[i].x = -10 * i;
		s->points[i].y = 1000000 * i;
	}
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 2; j++)
			s->table[i][j] = 10 * i + j - 5;
	memcpy(s->names[0], "brief", 6);
	memcpy(s->names[1], "entirely", 8);
	s->colour = GREEN;
	s->large = LARGE;
	*(unsigned *)&s->flags = 0xf00dcafe;
	s->callback = called;
	s->next = &two.shapes;
	s->first = spare;
	s->firsts = spares;
	s->all = &s->points;
	s->half = 0x89abcdef;
	s->other = -2;
	s->tight.first = 'f';
	s->tight.a = 6;
	s->tight.b = 0x2bcd;
	s->tight.c = -1000;
	s->tight.last = 0x1122334455667788;
	nine.a = -1;
	nine.far = -1234567890123456789;
	nine.whole = 0xfedcba9876543210;
	s->nine = &nine;
	s->text = "some text";
	s->texts = texts;
	s->count = 3;
	for (int i = 0; i < 3; i++) {
		s->tail[i].x = 100 + i;
		s->tail[i].y = -100 - i;
	}
	// A page that nobody has touched is not in memory, and cannot be read.
	for (int i = 0; i < 3; i++)
		*(volatile char *)texts[i];
	*(volatile const char *)s->text;
	two.shapes.next = s;
	two.shapes.count = 77;
	probe(s, 2, -1, 200);
	probe(s, 4, 0x7fffffffffffffff, 0);
	probe(s, -1, 0, 255);
	return 0;
}
