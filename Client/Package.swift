// swift-tools-version:6.2
import PackageDescription

/// Every target is Swift 6 with strict concurrency; protocols used as types are spelled `any P`.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

/// Libraries of the Shared package.
func shared(_ names: String...) -> [Target.Dependency] { names.map { .product(name: $0, package: "Shared") } }

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "Client",
    products: [
        .executable(name: "client", targets: ["client"])
    ],
    dependencies: [
        .package(path: "../Shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // Layer 0: what a playlist says, what the test picture shows; no I/O, no clock. What a viewer decides is in Shared.
        .target(name: "HLSCore", dependencies: shared("CoreTypes"), swiftSettings: settings),
        .target(name: "TestPicture", swiftSettings: settings),
        // Layer 2: the coordinate's API, forwards, outputs and the publisher around them.
        .target(
            name: "ClientService",
            dependencies: ["HLSCore", "TestPicture", log]
                + shared(
                    "PeerCore", "PlayoutCore",
                    "CoreTypes", "MediaWire", "FragmentedMP4", "Cryptography", "LibAV", "EventLoop", "HTTPServer",
                    "HTTPClient", "FanOut", "ServiceAPI", "ServiceKit", "PeerLink", "PeerWire"),
            swiftSettings: settings),
        .executableTarget(
            name: "client",
            dependencies: ["ClientService", .product(name: "ArgumentParser", package: "swift-argument-parser")]
                + shared("ServiceKit", "HTTPServer", "HTTPClient", "CoreTypes", "EventLoop", "ServiceAPI"),
            swiftSettings: settings),
        .testTarget(name: "HLSCoreTests", dependencies: ["HLSCore"], swiftSettings: settings),
        .testTarget(name: "TestPictureTests", dependencies: ["TestPicture"], swiftSettings: settings),
        .testTarget(
            name: "ClientServiceTests",
            dependencies: ["ClientService", "TestPicture", log]
                + shared(
                    "PlayoutCore",
                    "CoreTypes", "MediaWire", "Cryptography", "LibAV", "EventLoop", "HTTPServer", "HTTPClient",
                    "ServiceAPI", "ServiceKit", "FanOut", "TestSupport"),
            swiftSettings: settings),
    ]
)
