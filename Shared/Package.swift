// swift-tools-version:6.2
import PackageDescription

/// Every target is Swift 6 with strict concurrency; protocols used as types are spelled `any P`.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "Shared",
    products: [
        .library(name: "CoreTypes", targets: ["CoreTypes"]),
        .library(name: "MediaWire", targets: ["MediaWire"]),
        .library(name: "FragmentedMP4", targets: ["FragmentedMP4"]),
        .library(name: "Cryptography", targets: ["Cryptography"]),
        .library(name: "STUNCore", targets: ["STUNCore"]),
        .library(name: "LibAV", targets: ["LibAV"]),
        .library(name: "Compression", targets: ["Compression"]),
        .library(name: "EventLoop", targets: ["EventLoop"]),
        .library(name: "HTTPServer", targets: ["HTTPServer"]),
        .library(name: "HTTPClient", targets: ["HTTPClient"]),
        .library(name: "FanOut", targets: ["FanOut"]),
        .library(name: "PeerWire", targets: ["PeerWire"]),
        .library(name: "PlayoutCore", targets: ["PlayoutCore"]),
        .library(name: "PeerCore", targets: ["PeerCore"]),
        .library(name: "SafetyNet", targets: ["SafetyNet"]),
        .library(name: "PeerLink", targets: ["PeerLink"]),
        .library(name: "ServiceAPI", targets: ["ServiceAPI"]),
        .library(name: "ServiceKit", targets: ["ServiceKit"]),
        // For the tests of all packages.
        .library(name: "TestSupport", targets: ["TestSupport"]),
        .library(name: "PeerLinkTesting", targets: ["PeerLinkTesting"]),
        .executable(name: "peerlink-probe", targets: ["peerlink-probe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // C libraries and the few kernel calls that the Glibc module does not export.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibAV", pkgConfig: "libavformat",
            providers: [
                .apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev", "libswresample-dev"])
            ]),
        // glib-2.0 has the include paths that libnice's headers need; pkg-config's flags for libnice itself hold ones
        // that SwiftPM warns about. What to link is in the module maps.
        .systemLibrary(name: "CNice", pkgConfig: "glib-2.0", providers: [.apt(["libnice-dev"])]),
        .systemLibrary(name: "CUsrsctp", providers: [.apt(["libusrsctp-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Layer 0: values and state machines, no I/O, no clock.
        .target(name: "CoreTypes", swiftSettings: settings),
        .target(name: "MediaWire", dependencies: ["CoreTypes"], swiftSettings: settings),
        .target(name: "FragmentedMP4", dependencies: ["CoreTypes"], swiftSettings: settings),
        .target(name: "STUNCore", dependencies: ["CoreTypes"], swiftSettings: settings),
        .target(name: "PeerWire", dependencies: ["CoreTypes"], swiftSettings: settings),
        .target(name: "ServiceAPI", dependencies: ["CoreTypes", "MediaWire"], swiftSettings: settings),
        // How much a forward gives to viewers that are no roots.
        .target(name: "SafetyNet", dependencies: ["CoreTypes"], swiftSettings: settings),
        // What a viewer decides: when a chunk is played, and who sends it what. Viewers run it, and so do simulations.
        .target(
            name: "PlayoutCore", dependencies: ["CoreTypes", "MediaWire", "FragmentedMP4"], swiftSettings: settings),
        .target(
            name: "PeerCore",
            dependencies: [
                "CoreTypes", "MediaWire", "PlayoutCore", .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),

        // Layer 1: each is the only importer of the C library it wraps.
        .target(name: "Cryptography", dependencies: ["COpenSSL", "CoreTypes", "MediaWire"], swiftSettings: settings),
        .target(name: "LibAV", dependencies: ["CLibAV", "CLinux"], swiftSettings: settings),
        .target(name: "Compression", dependencies: ["CZlib"], swiftSettings: settings),
        .target(
            name: "EventLoop",
            dependencies: ["CLinux", "CoreTypes", .product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: settings),
        .target(
            name: "HTTPServer", dependencies: ["CMicroHTTPD", "CLinux", "CoreTypes", "EventLoop", log],
            swiftSettings: settings),
        .target(
            name: "HTTPClient", dependencies: ["CCurl", "CLinux", "CoreTypes", "EventLoop"], swiftSettings: settings),
        .target(
            name: "FanOut", dependencies: ["CLinux", "CoreTypes", "EventLoop", "HTTPServer", "MediaWire"],
            swiftSettings: settings),
        .target(
            name: "DTLSCore", dependencies: ["COpenSSL", "EventLoop", "PeerWire", "CoreTypes"], swiftSettings: settings),
        .target(name: "SCTPCore", dependencies: ["CUsrsctp", "CLinux", "EventLoop"], swiftSettings: settings),
        .target(
            name: "ICECore", dependencies: ["CNice", "CLinux", "CoreTypes", "EventLoop", "PeerWire"],
            swiftSettings: settings),
        // The one transport between peers, browsers included: ICE, DTLS, SCTP and data channels.
        .target(
            name: "PeerLink",
            dependencies: [
                "CoreTypes", "EventLoop", "PeerWire", "DTLSCore", "SCTPCore", "ICECore",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .target(
            name: "PeerLinkTesting",
            dependencies: [
                "CoreTypes", "EventLoop", "PeerWire", "SCTPCore", "PeerLink",
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: settings),

        // Layer 2: what every program needs to be a well-behaved service.
        .target(
            name: "ServiceKit",
            dependencies: [
                "CLinux", "CoreTypes", "EventLoop", "HTTPServer", "HTTPClient", "Cryptography", "ServiceAPI", log,
                arguments,
            ],
            swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["CoreTypes", "MediaWire", "EventLoop", "HTTPServer"],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(name: "CoreTypesTests", dependencies: ["CoreTypes", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MediaWireTests", dependencies: ["MediaWire", "Cryptography", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "FragmentedMP4Tests", dependencies: ["FragmentedMP4", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "STUNCoreTests", dependencies: ["STUNCore", "CoreTypes"], swiftSettings: settings),
        .testTarget(
            name: "PeerWireTests", dependencies: ["PeerWire", "CoreTypes", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SafetyNetTests", dependencies: ["SafetyNet", "CoreTypes"], swiftSettings: settings),
        .testTarget(
            name: "PlayoutCoreTests", dependencies: ["PlayoutCore", "Cryptography", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "PeerCoreTests", dependencies: ["PeerCore", "PlayoutCore", "Cryptography", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "DTLSCoreTests", dependencies: ["DTLSCore", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SCTPCoreTests", dependencies: ["SCTPCore", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "ICECoreTests", dependencies: ["ICECore", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "PeerLinkTests", dependencies: ["PeerLink", "PeerLinkTesting", "STUNCore", "TestSupport"],
            swiftSettings: settings),
        // One end of a link, told what to do in lines of JSON: for tests against other implementations.
        .executableTarget(
            name: "peerlink-probe", dependencies: ["PeerLink", "PeerWire", "CoreTypes", "EventLoop", "CLinux"],
            path: "Tests/PeerLinkProbe", swiftSettings: settings),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "LibAVTests", dependencies: ["LibAV", "CoreTypes"], swiftSettings: settings),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: settings),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["HTTPServer", "HTTPClient", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient", "HTTPServer"], swiftSettings: settings),
        .testTarget(
            name: "FanOutTests", dependencies: ["FanOut", "HTTPServer", "HTTPClient", "EventLoop", "CoreTypes"],
            swiftSettings: settings),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "ServiceKit", "ServiceAPI", "HTTPServer", "EventLoop", "CoreTypes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .testTarget(name: "ServiceAPITests", dependencies: ["ServiceAPI", "CoreTypes"], swiftSettings: settings),
    ]
)
