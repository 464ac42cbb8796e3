// Kernel calls that Swift's Glibc module does not export, and the ones whose C signature Swift cannot import.
#pragma once
#include <fcntl.h>
#include <malloc.h>
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

/// The limit of open files in force; 0 when it cannot be told.
static inline uint64_t p2p_file_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (uint64_t)limit.rlim_cur : 0;
}

/// Bytes that are allocated and not freed.
static inline uint64_t p2p_allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

/// Names the calling thread for debuggers and `top`; at most 15 bytes count.
static inline void p2p_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Makes each line of stdout appear when it ends, also in a pipe.
static inline void p2p_line_buffer_stdout(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

/// Where a datagram was sent to, so that its answer leaves from there: on a host with several addresses the kernel would
/// choose one by the route. Laid out as in_pktinfo and in6_pktinfo, which need _GNU_SOURCE.
struct p2p_datagram_target {
    int family; // 0 when unknown
    struct { int interface; struct in_addr from, to; } ipv4;
    struct { struct in6_addr to; unsigned interface; } ipv6;
};
enum { P2P_IP_PKTINFO = 8, P2P_IPV6_RECVPKTINFO = 49, P2P_IPV6_PKTINFO = 50 };

/// Makes the socket tell where datagrams were sent to.
static inline int p2p_udp_want_target(int fd, int family) {
    int on = 1;
    return family == AF_INET ? setsockopt(fd, IPPROTO_IP, P2P_IP_PKTINFO, &on, sizeof on)
                             : setsockopt(fd, IPPROTO_IPV6, P2P_IPV6_RECVPKTINFO, &on, sizeof on);
}

/// recvmsg without waiting; -1 when there is nothing. A datagram larger than `size` is cut.
static inline ssize_t p2p_udp_receive(int fd, void *bytes, size_t size, struct sockaddr_storage *peer,
                                      struct p2p_datagram_target *target) {
    union { struct cmsghdr align; char bytes[128]; } control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_name = peer, .msg_namelen = sizeof *peer, .msg_iov = &part, .msg_iovlen = 1,
                             .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t count = recvmsg(fd, &message, MSG_DONTWAIT);
    target->family = 0;
    if (count < 0) return count;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == P2P_IP_PKTINFO) {
            target->family = AF_INET;
            __builtin_memcpy(&target->ipv4, CMSG_DATA(item), sizeof target->ipv4);
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == P2P_IPV6_PKTINFO) {
            target->family = AF_INET6;
            __builtin_memcpy(&target->ipv6, CMSG_DATA(item), sizeof target->ipv6);
        }
    }
    return count;
}

/// sendmsg without waiting, from the address of `target` where it is known.
static inline ssize_t p2p_udp_send(int fd, const void *bytes, size_t size, const struct sockaddr *peer, socklen_t length,
                                   const struct p2p_datagram_target *target) {
    union { struct cmsghdr align; char bytes[128]; } control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_name = (void *)peer, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
    if (target->family) {
        int is_ipv4 = target->family == AF_INET;
        size_t payload = is_ipv4 ? sizeof target->ipv4 : sizeof target->ipv6;
        __builtin_memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(payload);
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
        item->cmsg_type = is_ipv4 ? P2P_IP_PKTINFO : P2P_IPV6_PKTINFO;
        item->cmsg_len = CMSG_LEN(payload);
        __builtin_memcpy(CMSG_DATA(item), is_ipv4 ? (const void *)&target->ipv4 : (const void *)&target->ipv6, payload);
        if (is_ipv4) {
            // What the datagram was sent to is what the answer comes from; any interface will do.
            struct { int interface; struct in_addr from, to; } source = {0, target->ipv4.to, {0}};
            __builtin_memcpy(CMSG_DATA(item), &source, sizeof source);
        }
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
