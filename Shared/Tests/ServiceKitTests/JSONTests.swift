import ServiceAPI
import Testing

@testable import ServiceKit

@Suite struct JSONTests {
    private func complaint(_ text: String) -> String? {
        do {
            _ = try decodeJSON(ForwardRegistration.self, from: Array(text.utf8))
            return nil
        } catch {
            return error.description
        }
    }

    private let load = #"{"viewers":0,"viewersMax":1,"egressBitsPerSecond":0,"egressBitsPerSecondMax":0,"streams":[]}"#

    @Test func whatIsWrongIsNamed() {
        #expect(complaint("") == "the top level is not valid JSON")
        #expect(complaint("[]")?.contains("the top level is not of the type") == true)
        #expect(complaint(#"{"id":"0"}"#)?.hasSuffix("is missing") == true)
        let urls = #"{"id":"0","name":"f","region":"","urls":[{"url":5}],"load":\#(load)}"#
        #expect(complaint(urls)?.hasPrefix("\"urls.Index 0.url\" is not of the type") == true)
        #expect(complaint(urls.replacing("5", with: "null")) == "\"urls.Index 0.url\" is null")
        #expect(complaint(urls.replacing("5", with: "\"http://h\"")) == nil)
    }

    @Test(arguments: [
        String(repeating: "[", count: 100_000), #"{"id":"# + String(repeating: "{\"a\":", count: 10_000),
        "1e999999", "\"\\ud800\"", "{\"id\":\"\u{0}\"}", String(repeating: "9", count: 10_000),
    ])
    func hostileTextIsRefused(text: String) { #expect(complaint(text) != nil) }

    @Test func numbersThatDoNotFitAreRefused() {
        let text = #"{"id":"0","name":"f","region":"","urls":[],"load":\#(load)}"#
        #expect(complaint(text) == nil)
        for number in ["9223372036854775808", "1.5", "1e30", "\"1\"", "true"] {
            #expect(complaint(text.replacing("\"viewers\":0", with: "\"viewers\":\(number)")) != nil, "\(number)")
        }
    }
}
