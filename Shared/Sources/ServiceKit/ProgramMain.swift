import ArgumentParser
import CLinux
import EventLoop
import FoundationEssentials
import Glibc
import HTTPServer
import Logging

/// A command whose work runs on the loop.
public protocol LoopCommand: ParsableCommand {
    /// How it logs.
    var log: LogOptions { get }
    /// Does the work; returning ends the program with status 0. Throws `UsageError` (status 2) or anything else
    /// (status 1).
    @LoopActor func run(_ signals: Signals) async throws
}

/// The entry of every program: flags and environment, exit codes, signals, logs.
public enum ProgramMain {
    /// Parses the process's arguments for `root` and runs what they name. Never returns.
    public static func run(_ root: any ParsableCommand.Type) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let merged = EnvironmentArguments(root)?.merged(arguments, environment: ProcessInfo.processInfo.environment)
        let command: any ParsableCommand
        do {
            command = try root.parseAsRoot(merged ?? arguments)
        } catch {
            exit(report(error, of: root))
        }
        if let command = command as? any LoopCommand { run(command, name: root._commandName) }
        // A program without its subcommand is a mistake; what is left is the parser's own help command.
        guard type(of: command) != root else {
            print(root.helpMessage())
            exit(2)
        }
        do {
            var command = command
            try command.run()
            exit(0)
        } catch {
            exit(report(error, of: root))
        }
    }

    private static func report(_ error: any Error, of root: any ParsableCommand.Type) -> Int32 {
        guard root.exitCode(for: error) != .success else {
            print(root.message(for: error))
            return 0
        }
        let message = root.message(for: error).split(separator: "\n").first.map(String.init) ?? "bad usage"
        // The help that lists the flag in question is the subcommand's.
        let subcommand = CommandLine.arguments.dropFirst().first.flatMap { word in
            root.configuration.subcommands.first { $0._commandName == word }
        }
        let command = root._commandName + (subcommand.map { " \($0._commandName)" } ?? "")
        complain("\(root._commandName): \(message); see \"\(command) --help\"")
        return 2
    }

    private static func run(_ command: any LoopCommand, name: String) -> Never {
        // Blocked before any other thread starts, so that only the loop's signalfd takes them.
        Signals.block()
        p2p_raise_file_limit()
        command.log.bootstrap()
        p2p_line_buffer_stdout()
        nonisolated(unsafe) let command = command  // handed over once, not used here again
        Task { @LoopActor in
            do {
                try await command.run(Signals())
                exit(0)
            } catch let error as UsageError {
                complain("\(name): \(error)")
                exit(2)
            } catch let error as HTTPServerError where error.isMisconfiguration {
                complain("\(name): \(error)")
                exit(2)
            } catch {
                complain("\(name): \(error)")
                exit(1)
            }
        }
        while true { pause() }
    }

    private static func complain(_ line: String) { StandardStream.error.write(line + "\n") }
}
