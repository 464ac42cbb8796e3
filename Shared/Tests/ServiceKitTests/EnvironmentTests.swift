import ArgumentParser
import Testing

@testable import ServiceKit

@Suite struct EnvironmentTests {
    struct Serve: ParsableCommand {
        @Option var maxViewers = 1
        @Option var upstream: [String] = []
        @Flag var dev = false
        @Option var secret: String?
    }

    struct Program: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "program", subcommands: [Serve.self])
    }

    private func parsed(_ arguments: [String], _ environment: [String: String]) throws -> Serve {
        let merged = try #require(EnvironmentArguments(Program.self)).merged(arguments, environment: environment)
        return try #require(try Program.parseAsRoot(merged) as? Serve)
    }

    @Test func aVariableStandsInForItsFlag() throws {
        let serve = try parsed(
            ["serve"],
            ["P2PLIVE_MAX_VIEWERS": "7", "P2PLIVE_UPSTREAM": "a, b c", "P2PLIVE_DEV": "1", "P2PLIVE_OTHER": "x"])
        #expect(serve.maxViewers == 7)
        #expect(serve.upstream == ["a", "b", "c"])
        #expect(serve.dev)
    }

    @Test(arguments: [["serve", "--max-viewers", "3"], ["serve", "--max-viewers=3"]])
    func theFlagWins(arguments: [String]) throws {
        #expect(try parsed(arguments, ["P2PLIVE_MAX_VIEWERS": "7"]).maxViewers == 3)
    }

    @Test func aValueThatLooksLikeAFlagIsAValue() throws {
        #expect(try parsed(["serve"], ["P2PLIVE_SECRET": "--dev"]).secret == "--dev")
        #expect(try parsed(["serve"], ["P2PLIVE_SECRET": ""]).secret == nil)
        #expect(try !parsed(["serve"], ["P2PLIVE_DEV": "0"]).dev)
    }

    @Test func aBadValueIsAMistakeLikeABadFlag() throws {
        #expect(throws: (any Error).self) { try parsed(["serve"], ["P2PLIVE_MAX_VIEWERS": "many"]) }
    }
}
