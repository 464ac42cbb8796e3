// usrsctp (RFC 9260 over a transport of ours, RFC 8261); variadics, unions and flexible arrays get a function.
#pragma once
#include <errno.h>
#include <string.h>
#include <usrsctp.h>

typedef int (*p2p_sctp_output)(void *address, void *packet, size_t length, uint8_t tos, uint8_t set_df);

// The last parameter of usrsctp_init_nothreads is a variadic function.
static inline void p2p_sctp_init(p2p_sctp_output output) { usrsctp_init_nothreads(0, output, NULL); }

static inline int p2p_sctp_is_notification(int flags) { return (flags & MSG_NOTIFICATION) != 0; }
static inline int p2p_sctp_ends_message(int flags) { return (flags & MSG_EOR) != 0; }

// Reliable; 0 or errno. Without SCTP_EXPLICIT_EOR a message is taken whole or not at all.
static inline int p2p_sctp_send(struct socket *socket, const void *bytes, size_t count, uint16_t stream, uint32_t ppid,
                                int unordered) {
    struct sctp_sndinfo info;
    memset(&info, 0, sizeof info);
    info.snd_sid = stream;
    info.snd_ppid = __builtin_bswap32(ppid);
    info.snd_flags = unordered ? SCTP_UNORDERED : 0;
    ssize_t sent = usrsctp_sendv(socket, bytes, count, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0);
    return sent < 0 ? errno : 0;
}

// RFC 6525: resets the outgoing side of a stream, which is how a data channel is closed (RFC 8831, 6.7). 0 or errno.
static inline int p2p_sctp_reset_stream(struct socket *socket, uint16_t stream) {
    union {
        struct sctp_reset_streams request;
        char bytes[sizeof(struct sctp_reset_streams) + sizeof(uint16_t)];
    } memory;
    memset(&memory, 0, sizeof memory);
    memory.request.srs_flags = SCTP_STREAM_RESET_OUTGOING;
    memory.request.srs_number_streams = 1;
    memory.request.srs_stream_list[0] = stream;
    return usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, &memory, (socklen_t)sizeof memory) < 0 ? errno : 0;
}

// What RFC 8831 and 8832 need of a socket; 0, or -1 when an option is refused.
static inline int p2p_sctp_configure(struct socket *socket, uint16_t streams, int send_buffer, int receive_buffer) {
    int result = 0;
    uint32_t on = 1;
    struct linger abort_on_close = {1, 0};
    result |= usrsctp_set_non_blocking(socket, 1);
    result |= usrsctp_setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof abort_on_close);
    result |= usrsctp_setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    result |= usrsctp_setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    result |= usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    struct sctp_assoc_value resets = {SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ};
    result |= usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets);
    struct sctp_initmsg init;
    memset(&init, 0, sizeof init);
    init.sinit_num_ostreams = streams;
    init.sinit_max_instreams = streams;
    result |= usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    const uint16_t kinds[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_SHUTDOWN_EVENT, SCTP_SENDER_DRY_EVENT};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct sctp_event event;
        memset(&event, 0, sizeof event);
        event.se_assoc_id = SCTP_ALL_ASSOC;
        event.se_on = 1;
        event.se_type = kinds[i];
        result |= usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
    return result ? -1 : 0;
}

// Both ends connect (RFC 8841): no listening side. 0 or errno. The path's MTU can be set only after connecting.
static inline int p2p_sctp_connect(struct socket *socket, void *address, uint16_t local_port, uint16_t remote_port,
                                   uint32_t packet_size) {
    struct sockaddr_conn place;
    memset(&place, 0, sizeof place);
    place.sconn_family = AF_CONN;
    place.sconn_addr = address;
    place.sconn_port = __builtin_bswap16(local_port);
    if (usrsctp_bind(socket, (struct sockaddr *)&place, sizeof place) < 0) return errno;
    place.sconn_port = __builtin_bswap16(remote_port);
    if (usrsctp_connect(socket, (struct sockaddr *)&place, sizeof place) < 0 && errno != EINPROGRESS) return errno;
    struct sctp_paddrparams path;
    memset(&path, 0, sizeof path);
    memcpy(&path.spp_address, &place, sizeof place);
    path.spp_flags = SPP_PMTUD_DISABLE;
    // Over a transport of ours usrsctp does not count its own header of 12 bytes.
    path.spp_pathmtu = packet_size - 12;
    return usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path) < 0 ? errno : 0;
}

// 0, or -1 without an association. `srtt` is in milliseconds.
static inline int p2p_sctp_status(struct socket *socket, struct sctp_status *status) {
    memset(status, 0, sizeof *status);
    socklen_t size = sizeof *status;
    return usrsctp_getsockopt(socket, IPPROTO_SCTP, SCTP_STATUS, status, &size) < 0 ? -1 : 0;
}

// Notifications end in flexible arrays; `size` bounds what is read of them.
static inline uint16_t p2p_notification_kind(const void *bytes, size_t size) {
    return size < sizeof(struct sctp_tlv) ? 0 : ((const union sctp_notification *)bytes)->sn_header.sn_type;
}
static inline uint16_t p2p_notification_state(const void *bytes, size_t size) {
    if (size < sizeof(struct sctp_assoc_change)) return 0;
    return ((const union sctp_notification *)bytes)->sn_assoc_change.sac_state;
}
// The streams whose incoming side was reset: writes at most `most` of them and returns how many.
static inline int p2p_notification_incoming_resets(const void *bytes, size_t size, uint16_t *streams, int most) {
    const struct sctp_stream_reset_event *event = (const struct sctp_stream_reset_event *)bytes;
    if (size < sizeof *event || !(event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN)) return 0;
    if (event->strreset_length < sizeof *event || event->strreset_length > size) return 0;
    int count = (int)((event->strreset_length - sizeof *event) / sizeof(uint16_t));
    if (count > most) count = most;
    for (int i = 0; i < count; i++) streams[i] = event->strreset_stream_list[i];
    return count;
}

// Small RTOs, no burst beyond what UDP receive buffers hold, nothing that this use has no need of. Process-wide.
static inline void p2p_sctp_tune(uint32_t streams) {
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nr_outgoing_streams_default(streams);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(2048);
    usrsctp_sysctl_set_sctp_max_burst_default(10);
    usrsctp_sysctl_set_sctp_initial_cwnd(10);
    usrsctp_sysctl_set_sctp_rto_min_default(200);
    usrsctp_sysctl_set_sctp_rto_initial_default(500);
    usrsctp_sysctl_set_sctp_rto_max_default(5000);
    usrsctp_sysctl_set_sctp_init_rto_max_default(2000);
    usrsctp_sysctl_set_sctp_heartbeat_interval_default(30000);
}
