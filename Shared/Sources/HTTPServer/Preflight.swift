/// The answer to `OPTIONS`: what a page of another origin may send (Fetch standard, CORS-preflight request). Which methods
/// and headers is among the headers of every answer.
func preflight(_ request: HTTPRequest) -> HTTPResponse {
    // Two hours, which is the most that Chromium remembers.
    var headers = [(name: "Access-Control-Max-Age", value: "7200")]
    // A public page may call a service in a private network (WICG Private Network Access): whoever may watch may do so
    // from any page.
    if request.header("Access-Control-Request-Private-Network") == "true" {
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    }
    return HTTPResponse(status: 204, headers: headers)
}
