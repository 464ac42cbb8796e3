// Kernel calls that Swift's Glibc module does not export, and the ones whose C signature Swift cannot import.
#pragma once
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The macros of epoll are an anonymous enum with unsigned bits: give them one type.
static const uint32_t p2p_EPOLLIN = EPOLLIN, p2p_EPOLLOUT = EPOLLOUT, p2p_EPOLLRDHUP = EPOLLRDHUP,
                      p2p_EPOLLHUP = EPOLLHUP, p2p_EPOLLERR = EPOLLERR, p2p_EPOLLET = EPOLLET;

// epoll_event is packed and holds a union: set it here, read it here.
static inline int p2p_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}
static inline uint64_t p2p_epoll_data(const struct epoll_event *event) { return event->data.u64; }

/// Monotonic clock in nanoseconds.
static inline uint64_t p2p_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
/// Wall clock in milliseconds since the epoch.
static inline int64_t p2p_wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/// `size` bytes (a multiple of the page size) mapped twice, back to back, so that a read never wraps. NULL on failure.
static inline void *p2p_mirrored_map(size_t size) {
    int fd = (int)syscall(SYS_memfd_create, "p2plive-ring", 1u /* MFD_CLOEXEC */);
    if (fd < 0) return NULL;
    char *base = MAP_FAILED;
    if (ftruncate(fd, (off_t)size) == 0)
        base = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | 0x20 /* MAP_ANONYMOUS */, -1, 0);
    if (base != MAP_FAILED &&
        (mmap(base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
         mmap(base + size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)) {
        munmap(base, 2 * size);
        base = MAP_FAILED;
    }
    close(fd);
    return base == MAP_FAILED ? NULL : base;
}

/// Raises the soft limit of open files to the hard one; returns the limit in force.
static inline uint64_t p2p_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (uint64_t)limit.rlim_cur;
}

/// Names the calling thread for debuggers and `top`; at most 15 bytes count.
static inline void p2p_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Makes each line of stdout appear when it ends, also in a pipe.
static inline void p2p_line_buffer_stdout(void) { setvbuf(stdout, NULL, _IOLBF, 0); }
