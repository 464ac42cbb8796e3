import ArgumentParser
import CoreTypes
import HTTPServer
import Logging
import ServiceAPI

/// How a program logs.
public struct LogOptions: ParsableArguments {
    /// text or json.
    @Option(help: ArgumentHelp("Log lines as text or json, on stderr.", valueName: "text|json"))
    public var logFormat: LogFormat = .text

    /// The least level that is logged.
    @Option(help: ArgumentHelp("Least level logged: trace, debug, info, notice, warning, error.", valueName: "level"))
    public var logLevel: LogLevel = .info

    /// For ArgumentParser.
    public init() {}
}

/// What every long-running service takes.
public struct ServiceOptions: ParsableArguments {
    /// Inter-service secret.
    @Option(help: "Secret shared by the services of the cluster; tokens and signing keys are derived from it.")
    public var secret: String = ServiceOptions.developmentSecret

    /// Allows the development defaults on public addresses.
    @Flag(help: "Allow the default secret and open publishing on addresses other than loopback.")
    public var dev = false

    /// Where clients reach the service.
    @Option(
        help: ArgumentHelp(
            "Where clients reach this service; CIDR=URL for the clients of a network. May be repeated.",
            valueName: "[CIDR=]URL"))
    public var publicURL: [AdvertisedURL] = []

    /// Whose X-Forwarded-For counts.
    @Option(help: ArgumentHelp("Proxies whose X-Forwarded-For is believed. May be repeated.", valueName: "CIDR"))
    public var trustedProxy: [IPNetwork] = []

    /// Certificate chain.
    @Option(
        help: ArgumentHelp("Serve HTTPS with this certificate chain (PEM); read again on SIGHUP.", valueName: "file"))
    public var tlsCert: String?

    /// Private key.
    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    public var tlsKey: String?

    /// Outbound trust.
    @Option(help: ArgumentHelp("Trust these authorities (PEM) when calling other services.", valueName: "file"))
    public var tlsCa: String?

    /// Grace at the end.
    @Option(help: "How long to finish what is under way after SIGTERM.")
    public var drain = DurationArgument(milliseconds: 5_000)

    /// Logging.
    @OptionGroup public var log: LogOptions

    /// The secret in use when none is given; good for loopback only.
    public static let developmentSecret = "p2plive-development"

    /// For ArgumentParser.
    public init() {}

    /// Checks what can be checked before anything starts. Throws `UsageError`.
    public func check(listen: [ListenAddress]) throws(UsageError) {
        guard !listen.isEmpty else { throw UsageError("--listen needs at least one address") }
        if secret == Self.developmentSecret, !dev, let open = listen.first(where: { !$0.host.isLoopback }) {
            throw UsageError(
                "the default secret is not safe on \(open); set --secret (or P2PLIVE_SECRET), or pass --dev to try things out"
            )
        }
        guard !secret.isEmpty else { throw UsageError("--secret must not be empty") }
        guard (tlsCert == nil) == (tlsKey == nil) else { throw UsageError("--tls-cert and --tls-key go together") }
    }

    /// True when the secret is the well-known one.
    public var isDevelopmentSecret: Bool { secret == Self.developmentSecret }

    /// The HTTP server's settings. Throws `UsageError` when a certificate file cannot be read.
    public func serverConfiguration(listen: [ListenAddress]) throws(UsageError) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration(listen: listen)
        configuration.trustedProxies = trustedProxy
        configuration.tls = try readTLS()
        return configuration
    }

    /// The PEM texts of the certificate and key; nil without TLS. Throws `UsageError` when a file cannot be read.
    public func readTLS() throws(UsageError) -> (certificate: String, key: String)? {
        guard let tlsCert, let tlsKey else { return nil }
        return (try readTextFile(tlsCert, flag: "--tls-cert"), try readTextFile(tlsKey, flag: "--tls-key"))
    }

    /// The URLs to advertise: what was configured, or else the addresses listened on.
    public func advertisedURLs(listening: [ListenAddress]) -> [AdvertisedURL] {
        guard publicURL.isEmpty else { return publicURL }
        return listening.map { AdvertisedURL(url: (tlsCert == nil ? "http://" : "https://") + $0.description) }
    }
}

extension AdvertisedURL: ExpressibleByArgument {}

extension IPNetwork: ExpressibleByArgument {
    /// Parses CIDR notation.
    public init?(argument: String) { self.init(argument) }
}

extension ListenAddress: ExpressibleByArgument {
    /// Parses `host:port`.
    public init?(argument: String) { self.init(argument) }
    /// Shown in `--help`.
    public var defaultValueDescription: String { description }
}
