// libnice (ICE) and the parts of GLib that drive it; variadic functions and macros get a function.
#pragma once
#include <gio/gio.h>
#include <nice/agent.h>

static inline void p2p_object_set_flag(void *object, const char *name, int value) {
    g_object_set(object, name, (gboolean)value, NULL);
}
static inline void p2p_object_set_number(void *object, const char *name, unsigned value) {
    g_object_set(object, name, (guint)value, NULL);
}
static inline void p2p_object_set_text(void *object, const char *name, const char *value) {
    g_object_set(object, name, value, NULL);
}
static inline void p2p_object_unref(void *object) { g_object_unref(object); }

// One typed function per signal: the type of a handler is checked by the compiler instead of being cast away in Swift.
static inline void p2p_on_gathering_done(void *agent, void (*handler)(void *, guint, void *), void *context) {
    g_signal_connect_data(agent, "candidate-gathering-done", G_CALLBACK(handler), context, NULL, (GConnectFlags)0);
}
static inline void p2p_on_state(void *agent, void (*handler)(void *, guint, guint, guint, void *), void *context) {
    g_signal_connect_data(agent, "component-state-changed", G_CALLBACK(handler), context, NULL, (GConnectFlags)0);
}
static inline void p2p_on_candidate(void *agent, void (*handler)(void *, NiceCandidate *, void *), void *context) {
    g_signal_connect_data(agent, "new-candidate-full", G_CALLBACK(handler), context, NULL, (GConnectFlags)0);
}
static inline void p2p_disconnect_signals(void *agent, void *context) {
    g_signal_handlers_disconnect_matched(agent, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, context);
}

// Asks for kernel buffers of `bytes` on every socket of the stream (the kernel caps them); returns what the smallest
// receive buffer is, -1 without sockets. 1, 7 and 8 are Linux's SOL_SOCKET, SO_SNDBUF and SO_RCVBUF.
static inline int p2p_set_socket_buffers(NiceAgent *agent, guint stream, int bytes) {
    GPtrArray *sockets = nice_agent_get_sockets(agent, stream, 1);
    int smallest = -1;
    if (!sockets) return smallest;
    for (guint i = 0; i < sockets->len; i++) {
        GSocket *socket = (GSocket *)g_ptr_array_index(sockets, i);
        int value = -1;
        g_socket_set_option(socket, 1, 7, bytes, NULL);
        g_socket_set_option(socket, 1, 8, bytes, NULL);
        if (g_socket_get_option(socket, 1, 8, &value, NULL) && (smallest < 0 || value < smallest)) smallest = value;
    }
    g_ptr_array_unref(sockets);
    return smallest;
}
