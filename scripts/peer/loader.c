// Loads and attaches the one program of an object through libbpf, and reads its ring until SIGINT.
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal) {
    (void)signal;
    ended = 1;
}

static int event(void *context, void *data, size_t size) {
    (void)context, (void)data, (void)size;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    signal(SIGINT, end);
    struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
    if (!object || bpf_object__load(object))
        return 1;
    if (!bpf_program__attach(bpf_object__next_program(object, NULL)))
        return 1;
    int map = bpf_object__find_map_fd_by_name(object, "events");
    struct ring_buffer *ring = ring_buffer__new(map, event, NULL, NULL);
    if (!ring)
        return 1;
    puts("attached");
    fflush(stdout);
    while (!ended) {
        ring_buffer__consume(ring);
        usleep(1000);
    }
    return 0;
}
