import ArgumentParser
import FoundationEssentials

/// Fills flags that are not on the command line from the environment: `--log-level` from `P2PLIVE_LOG_LEVEL`. The
/// command line wins.
struct EnvironmentArguments {
    /// The part of ArgumentParser's machine-readable help that is needed here.
    private struct Help: Decodable { let command: Command }
    private struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?
    }
    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }
        let kind: String
        let names: [Name]?
        let isRepeating: Bool

        var longName: String? { names?.first { $0.kind == "long" }?.name }
    }

    private let root: Command

    /// Nil when the help of `command` cannot be read, which a test guards against.
    init?(_ command: any ParsableCommand.Type) {
        do {
            _ = try command.parseAsRoot(["--experimental-dump-help"])
            return nil
        } catch {
            guard let help = try? JSONDecoder().decode(Help.self, from: Data(command.message(for: error).utf8)) else {
                return nil
            }
            root = help.command
        }
    }

    /// The variable of a flag's long name.
    static func variable(_ longName: String) -> String {
        "P2PLIVE_" + longName.uppercased().replacing("-", with: "_")
    }

    /// `arguments` (without the program's name) with the flags that `environment` adds.
    func merged(_ arguments: [String], environment: [String: String]) -> [String] {
        var command = root
        var position = 0
        while position < arguments.count,
            let next = command.subcommands?.first(where: { $0.commandName == arguments[position] })
        {
            command = next
            position += 1
        }
        guard command.subcommands?.isEmpty ?? true else { return arguments }
        var added: [String] = []
        for argument in command.arguments ?? [] {
            guard let name = argument.longName, name != "help", name != "version",
                let value = environment[Self.variable(name)], !value.isEmpty,
                !arguments.contains(where: { $0 == "--" + name || $0.hasPrefix("--\(name)=") })
            else { continue }
            if argument.kind == "flag" {
                if ["1", "true", "yes", "on"].contains(value.lowercased()) { added.append("--" + name) }
            } else {
                let values = argument.isRepeating ? value.split { $0 == " " || $0 == "," }.map(String.init) : [value]
                added += values.map { "--\(name)=\($0)" }
            }
        }
        return Array(arguments[..<position]) + added + Array(arguments[position...])
    }
}
