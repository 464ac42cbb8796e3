// The yardstick of the fan-out benchmark: the least a server can do. One thread, one epoll set; viewers' sockets are
// written straight from a ring that is mapped twice, so that no byte is copied in user space.
//
// It takes a stream of fragmented MP4 from another server (HTTP/1.0, so that the body is not chunked), adds whole
// fragments to the ring, and passes over its viewers at most every INTERVAL ms, as the forward does. A viewer that
// falls half a ring behind is dropped.
//
// yardstick PORT SOURCE_PORT SOURCE_PATH INTERVAL_MS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RING_BYTES = 16 << 20, VIEWERS_MAX = 20000, FRAGMENT_MAX = 4 << 20, HEAD_BYTES = 10 };

typedef struct {
    int socket, position; // position in `viewers`; -1 before the request is complete
    int is_blocked;
    uint64_t offset;
    int request_bytes;
    char request[1024];
} Viewer;

static char *ring;
static uint64_t head;
static Viewer *viewers[VIEWERS_MAX];
static int viewer_count;
static int epoll;

static char fragment[FRAGMENT_MAX];
static size_t fragment_bytes;  // received of the fragment that is not complete yet
static size_t boxes_bytes;     // of those, bytes that belong to whole boxes

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void map_ring(void) {
    int memory = memfd_create("ring", 0);
    if (memory < 0 || ftruncate(memory, RING_BYTES)) fail("memfd");
    ring = mmap(NULL, 2UL * RING_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int half = 0; half < 2; half++)
        if (mmap(ring + half * RING_BYTES, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) ==
            MAP_FAILED)
            fail("mmap");
}

static void append(const char *bytes, size_t count) {
    char *place = ring + head % RING_BYTES;
    char size[HEAD_BYTES + 1];
    snprintf(size, sizeof size, "%08zx\r\n", count);
    memcpy(place, size, HEAD_BYTES);
    memcpy(place + HEAD_BYTES, bytes, count);
    memcpy(place + HEAD_BYTES + count, "\r\n", 2);
    head += HEAD_BYTES + count + 2;
}

// Adds every whole fragment (what ends with an mdat box); true when there was one.
static int take_fragments(void) {
    int added = 0;
    while (fragment_bytes - boxes_bytes >= 8) {
        uint32_t size;
        memcpy(&size, fragment + boxes_bytes, 4);
        size = ntohl(size);
        if (size < 8 || size > FRAGMENT_MAX) {
            fprintf(stderr, "the source does not send MP4\n");
            exit(1);
        }
        if (fragment_bytes - boxes_bytes < size) break;
        int is_end = !memcmp(fragment + boxes_bytes + 4, "mdat", 4);
        boxes_bytes += size;
        if (!is_end) continue;
        append(fragment, boxes_bytes);
        memmove(fragment, fragment + boxes_bytes, fragment_bytes - boxes_bytes);
        fragment_bytes -= boxes_bytes;
        boxes_bytes = 0;
        added = 1;
    }
    return added;
}

static void drop(Viewer *viewer) {
    if (viewer->position >= 0) {
        viewers[viewer->position] = viewers[--viewer_count];
        viewers[viewer->position]->position = viewer->position;
    }
    close(viewer->socket);
    free(viewer);
}

static void push(Viewer *viewer) {
    while (viewer->offset < head) {
        if (head - viewer->offset > RING_BYTES / 2) {
            drop(viewer);
            return;
        }
        size_t count = head - viewer->offset;
        ssize_t sent = send(viewer->socket, ring + viewer->offset % RING_BYTES, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) {
            drop(viewer);
            return;
        }
        if (sent > 0) viewer->offset += (uint64_t)sent;
        if (sent < (ssize_t)count) {
            viewer->is_blocked = 1;
            return;
        }
    }
}

static void accept_viewers(int listener) {
    static const int on = 1;
    for (int turn = 0; turn < 64; turn++) {
        int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (socket < 0) return;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Viewer *viewer = calloc(1, sizeof *viewer);
        viewer->socket = socket;
        viewer->position = -1;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = viewer};
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    }
}

static void read_request(Viewer *viewer) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n";
    int room = (int)sizeof viewer->request - 1 - viewer->request_bytes;
    ssize_t received = recv(viewer->socket, viewer->request + viewer->request_bytes, room, 0);
    if (received <= 0) {
        if (received == 0 || errno != EAGAIN) drop(viewer);
        return;
    }
    viewer->request_bytes += received;
    viewer->request[viewer->request_bytes] = 0;
    if (!strstr(viewer->request, "\r\n\r\n")) return;
    if (viewer_count == VIEWERS_MAX || send(viewer->socket, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) {
        drop(viewer);
        return;
    }
    viewer->position = viewer_count;
    viewer->offset = head;
    viewers[viewer_count++] = viewer;
}

static void handle(Viewer *viewer, uint32_t events) {
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        drop(viewer);
    } else if (viewer->position < 0) {
        if (events & EPOLLIN) read_request(viewer);
    } else if (viewer->is_blocked && (events & EPOLLOUT)) {
        viewer->is_blocked = 0;
        push(viewer);
    }
}

static int open_source(int port, const char *path) {
    int source = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(source, (void *)&address, sizeof address)) fail("connect to the source");
    dprintf(source, "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", path);
    char answer[4096];
    size_t count = 0;
    while (count < sizeof answer - 1 && read(source, answer + count, 1) == 1) {
        answer[++count] = 0;
        if (strstr(answer, "\r\n\r\n")) break;
    }
    if (!strstr(answer, " 200 ")) {
        fprintf(stderr, "the source says: %s\n", answer);
        exit(1);
    }
    return source;
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: yardstick PORT SOURCE_PORT SOURCE_PATH INTERVAL_MS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int64_t interval = atoi(words[4]);
    map_ring();
    int source = open_source(atoi(words[2]), words[3]);

    static const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) fail("listen");

    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener}, events[512];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = &source;
    epoll_ctl(epoll, EPOLL_CTL_ADD, source, &event);
    fprintf(stderr, "Listening\n");

    int is_dirty = 0;
    int64_t last_pass = 0;
    for (;;) {
        int64_t wait = is_dirty ? last_pass + interval - now_ms() : -1;
        int ready = epoll_wait(epoll, events, 512, is_dirty && wait < 0 ? 0 : (int)wait);
        for (int index = 0; index < ready; index++) {
            void *of = events[index].data.ptr;
            if (of == &listener) {
                accept_viewers(listener);
            } else if (of == &source) {
                ssize_t received =
                    recv(source, fragment + fragment_bytes, FRAGMENT_MAX - fragment_bytes, MSG_DONTWAIT);
                if (received == 0) return 0;
                if (received > 0) {
                    fragment_bytes += received;
                    is_dirty |= take_fragments();
                }
            } else {
                handle(of, events[index].events);
            }
        }
        if (is_dirty && now_ms() >= last_pass + interval) {
            is_dirty = 0;
            last_pass = now_ms();
            for (int index = viewer_count - 1; index >= 0; index--)
                if (!viewers[index]->is_blocked) push(viewers[index]);
        }
    }
}
