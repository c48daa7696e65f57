/*
 * report_struct NUMBER NAME COUNT: calls `report` COUNT times, with a structure and 0, -1, -2, ….
 * `report` gives the structure's new number, which is what it was plus what it was given.
 */
#include <stdio.h>
#include <stdlib.h>

struct exp_s {
	int num;
	char name[35];
};

__attribute__((noipa)) int report(struct exp_s *t, int n)
{
	t->num += n;
	return t->num;
}

int main(int argc, char **argv)
{
	static struct exp_s t;

	if (argc != 4)
		return 2;
	t.num = atoi(argv[1]);
	snprintf(t.name, sizeof(t.name), "%s", argv[2]);
	for (int i = 0; i < atoi(argv[3]); i++)
		report(&t, -i);
	return 0;
}
