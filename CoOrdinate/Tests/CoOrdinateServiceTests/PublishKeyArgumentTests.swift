import ArgumentParser
import CoreTypes
import Testing

@testable import coordinate

@Suite struct PublishKeyArgumentTests {
    @Test(arguments: ["", "=", "name", "name=", "=key", "a/b=key", "a b=key", "ä=key", "stream=key", "**=key", ".=key"])
    func `what is no NAME=KEY of a possible stream is refused when the program starts`(text: String) {
        #expect { try Serve.parse(["--publish-key", text]) } throws: {
            Serve.message(for: $0).contains("--publish-key") && Serve.exitCode(for: $0) != .success
        }
    }

    @Test func `the key is all behind the first equals sign`() throws {
        let arguments = ["--publish-key", "live=a=b==", "--publish-key", "*=rest"]
        let keys = try Serve.parse(arguments).keys()
        #expect(keys.allow(.standard, key: "a=b==") { $0 == $1 } && !keys.allow(.standard, key: "a") { $0 == $1 })
        #expect(keys.allow(try StreamName("any"), key: "rest") { $0 == $1 } && !keys.isOpen)
    }

    @Test func `a key closes the rest, unless it is opened on purpose`() throws {
        #expect(try !Serve.parse(["--publish-key", "live=k"]).keys().isOpen)
        #expect(try Serve.parse(["--publish-key", "live=k", "--publish-open"]).keys().isOpen)
    }

    @Test func `with a secret of one's own nothing is open by itself`() throws {
        #expect { try Serve.parse(["--secret", "mine"]).keys() } throws: { "\($0)".contains("--publish-open") }
        #expect(try Serve.parse([]).keys().isOpen)
    }
}
