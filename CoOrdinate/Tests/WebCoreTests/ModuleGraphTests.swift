import Foundation
import Testing

@testable import WebCore

@Suite struct ModuleGraphTests {
    private let text = """
        // @ts-check
        /** @typedef {import("./Typed.js").Typed} Typed */
        import { One } from "./one/One.js";
        import {
            Two,
            Three,
        } from '../Two.js';
        import "./effects.js";
        export { Four } from "./Four.js";
         * @param {import("./Commented.js").X} x
        // import { Old } from "./Old.js";
        import { log } from "node:fs";
        const late = () => import("./Late.js");
        const worker = new Worker(new URL("./worker/Entry.js", import.meta.url), { type: "module" });
        const text = "from here to ./there";
        const half = "from \"./half
        """

    @Test func `names are found where modules name each other, and nowhere else`() {
        let found = ModuleText(text).names
        #expect(
            found.map(\.name) == [
                "./one/One.js", "../Two.js", "./effects.js", "./Four.js", "./Late.js", "./worker/Entry.js",
            ])
        #expect(found.map(\.use) == [.imported, .imported, .imported, .imported, .deferred, .referenced])
    }

    @Test func `names of the same folder get another beginning, and nothing else changes`() {
        let changed = ModuleText(text).replacingHere(with: "./player/0/")
        for name in ["one/One.js", "effects.js", "Four.js", "Late.js", "worker/Entry.js"] {
            #expect(changed.contains("\"./player/0/\(name)\""))
        }
        #expect(changed.replacing("./player/0/", with: "./") == text)
        #expect(ModuleText("").replacingHere(with: "x") == "" && ModuleText("\n\n").replacingHere(with: "x") == "\n\n")
    }

    @Test func `modules come in the order in which they would run without a list`() {
        let graph = ModuleGraph([
            "player.js": """
            import { a } from "./a.js";
            import { b } from "./deep/b.js";
            """,
            "a.js": "import { c } from \"./c.js\";\nimport { b } from \"./deep/b.js\";",
            "deep/b.js": "import { a } from \"../a.js\"; // a circle",
            "c.js": "",
            "never.js": "import { a } from \"./a.js\";",
        ])
        #expect(graph.modules(neededBy: "player.js") == ["a.js", "c.js", "deep/b.js"])
        #expect(graph.modules(neededBy: "nothing.js").isEmpty)
    }

    @Test func `what workers need is there, their entries are not, nor what is wanted later`() {
        let graph = ModuleGraph([
            "player.js": "import \"./element/Element.js\";",
            "element/Element.js": "new URL(\"../viewer/worker.js\", import.meta.url);\nimport(\"./panel.js\");",
            "element/panel.js": "import \"./chart.js\";", "element/chart.js": "",
            "viewer/worker.js": "import \"./Engine.js\";\nnew URL(\"./crypto.js\", import.meta.url);",
            "viewer/Engine.js": "import \"../wire/Manifest.js\";",
            "viewer/crypto.js": "import \"../wire/Hash.js\";", "wire/Hash.js": "", "wire/Manifest.js": "",
        ])
        #expect(
            graph.modules(neededBy: "player.js") == [
                "element/Element.js", "viewer/Engine.js", "wire/Manifest.js", "wire/Hash.js",
            ])
    }

    @Test(
        arguments: [
            ("./b.js", "a.js", "b.js"), ("../b.js", "x/a.js", "b.js"), ("./y/../b.js", "x/a.js", "x/b.js"),
            ("../b.js", "a.js", nil), ("../../../etc/passwd.js", "x/y/a.js", nil),
        ] as [(String, String, String?)])
    func `names lead to paths of the folder only`(name: String, module: String, path: String?) {
        #expect(ModuleGraph.path(of: name, from: module) == path)
    }

    @Test(arguments: [
        ("player.js", true), ("wire/Manifest.js", true), ("pages/style.css", true), ("pages/icon.svg", true),
        ("Tests/wire/a.test.js", false), ("wire/Tests/a.js", false), ("package.json", false), ("jsconfig.json", false),
        (".hidden.js", false), (".git/a.js", false), ("a/.b/c.js", false), ("readme.md", false), ("js", false),
        ("a//b.js", false), ("", false), ("node_modules/x/y.js", false), ("a.js.map", false), ("a.JS", false),
    ])
    func `only what a browser needs is given out`(path: String, isGiven: Bool) {
        #expect((WebFileName.type(of: path) != nil) == isGiven)
    }
}

/// The viewer as it is in this repository.
@Suite struct RepositoryModulesTests {
    @Test func `every relative name in the viewer's modules leads to one of them`() throws {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(components: "Client", "Web")
        var modules: [String: String] = [:]
        let paths = try FileManager.default.subpathsOfDirectory(atPath: top.path)
        for path in paths where path.hasSuffix(".js") && WebFileName.type(of: path) != nil {
            modules[path] = try String(contentsOf: top.appending(path: path), encoding: .utf8)
        }
        #expect(modules.count > 50)
        for (path, text) in modules {
            for found in ModuleText(text).names where found.name.hasSuffix(".js") {
                let target = ModuleGraph.path(of: found.name, from: path)
                #expect(target.map { modules[$0] != nil } == true, "\(path) names \(found.name)")
            }
        }
        // One that needs many others, whether they are named on one line or on several.
        let needed = ModuleGraph(modules).modules(neededBy: "core/PeerMachine.js")
        #expect(needed.count > 15 && needed.contains("wire/Manifest.js"))
    }
}
