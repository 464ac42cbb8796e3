// libcurl: its setopt and getinfo calls are variadic, so each type of argument gets a function.
#pragma once
#include <curl/curl.h>

static inline CURLcode p2p_curl_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode p2p_curl_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode p2p_curl_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode p2p_curl_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
typedef size_t (*p2p_curl_data_callback)(char *data, size_t size, size_t count, void *context);
static inline CURLcode p2p_curl_data_function(CURL *easy, CURLoption option, p2p_curl_data_callback function) {
    return curl_easy_setopt(easy, option, function);
}
static inline CURLMcode p2p_multi_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode p2p_multi_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode p2p_multi_socket_function(CURLM *multi, curl_socket_callback function) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}
static inline CURLMcode p2p_multi_timer_function(CURLM *multi, curl_multi_timer_callback function) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}
static inline long p2p_curl_response_code(CURL *easy) {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}
static inline CURLcode p2p_message_result(const CURLMsg *message) { return message->data.result; }
