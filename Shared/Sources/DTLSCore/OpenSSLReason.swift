import COpenSSL

/// The oldest error that OpenSSL noted on this thread, in words; forgets all of them.
func takeOpenSSLReason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let text = ERR_reason_error_string(code) else { return "no reason given" }
    return String(cString: text)
}
