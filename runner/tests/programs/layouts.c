// Hands over one and the same structure in layouts that differ as those of kernels do: LAYOUT says which.
#include <string.h>

#define ORIGINAL 0
#define MOVED 1
#define RENAMED 2
#define RETYPED 3
#define MISSING 4

#if LAYOUT == MOVED
enum state { FIRST = 3, SECOND = 40, THIRD = 70001 };
#elif LAYOUT == RETYPED
enum state { FIRST = 1, SECOND = 70000, THIRD = 3 };
#elif LAYOUT == MISSING
enum state { FIRST = 1, SECOND = 2 };
#else
enum state { FIRST = 1, SECOND = 2, THIRD = 3 };
#endif

#if LAYOUT != MISSING
struct extra {
	int here;
};
#endif

#if LAYOUT == MOVED
struct item {
	char before[3];
	short weight;
	unsigned flag : 1;
	int value;
};
#else
struct item {
	int value;
	short weight;
	unsigned flag : 1;
};
#endif

#if LAYOUT == MOVED
struct box {
	struct box *link;
	struct item items[6];
	long stamp;
	struct {
		long padding;
		union {
			unsigned both;
			struct {
				unsigned short low, high;
			};
		};
	};
	int wide : 27;
	int minus : 6;
	unsigned plus : 13;
	char name[8];
	unsigned count;
	int number;
	enum state state;
	unsigned char tail[];
};
#else
struct box {
#if LAYOUT == RETYPED
	signed char number;
	unsigned long count;
	const char *name;
	long minus;
	unsigned short plus;
#else
	int number;
	unsigned count;
	char name[8];
	int minus : 6;
	unsigned plus : 13;
#endif
	int wide : 27;
	union {
		unsigned both;
		struct {
			unsigned short low, high;
		};
	};
	enum state state;
	struct item items[4];
#if LAYOUT == RENAMED
	long when;
#elif LAYOUT != MISSING
	long stamp;
#endif
	struct box *link;
#if LAYOUT != MISSING
	unsigned char tail[];
#endif
};
#endif

__attribute__((noinline)) void probe(struct box *b, int n)
{
	__asm__ volatile("" : : "r"(b), "r"(n) : "memory");
}

#if LAYOUT != MISSING
struct extra extra;
#endif

int main(void)
{
	static union {
		struct box box;
		char room[sizeof(struct box) + 8];
	} one, two;
	struct box *b = &one.box;

	b->number = -5;
	b->count = 4000000000;
#if LAYOUT == RETYPED
	b->name = "by name";
	*(volatile char *)b->name;
#else
	memcpy(b->name, "by name", 8);
#endif
	b->minus = -31;
	b->plus = 5000;
	b->wide = -60000000;
	b->low = 0x1234;
	b->high = 0x5678;
	b->state = SECOND;
	for (int i = 0; i < 4; i++) {
		b->items[i].value = 100 + i;
		b->items[i].weight = -i;
		b->items[i].flag = i & 1;
	}
#if LAYOUT == RENAMED
	b->when = 77;
#elif LAYOUT != MISSING
	b->stamp = 77;
#endif
#if LAYOUT != MISSING
	b->tail[5] = 9;
#endif
	b->link = &two.box;
	two.box.link = b;
	two.box.number = 6;
	probe(b, 3);
	return 0;
}
