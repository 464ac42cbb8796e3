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

    @Test func `as a part it keeps all but the statements that load others at once`() {
        let part = ModuleText(text).part { "[\($0)]" }
        for gone in ["One.js\"", "Two", "effects", "node:fs"] { #expect(!part.contains(gone), "\(gone)") }
        for kept in ["import(\"[./Late.js]\")", "new URL(\"[./worker/Entry.js]\"", "// @ts-check", "./Commented.js"] {
            #expect(part.contains(kept), "\(kept)")
        }
        #expect(ModuleText("").part { $0 } == "" && ModuleText("a\n\nb").part { $0 } == "a\n\nb")
    }

    @Test func `modules come in the order in which they run`() {
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
        #expect(graph.modules(of: "player.js") == ["c.js", "deep/b.js", "a.js", "player.js"])
        #expect(graph.modules(of: "nothing.js") == ["nothing.js"])
    }

    @Test func `what is loaded by address is an entry, and so is what that loads`() {
        let graph = ModuleGraph([
            "player.js": "import \"./element/Element.js\";",
            "element/Element.js": "new URL(\"../viewer/worker.js\", import.meta.url);\nawait import(\"./panel.js\");",
            "element/panel.js": "import \"./chart.js\";", "element/chart.js": "",
            "viewer/worker.js": "import \"./Engine.js\";\nnew URL(\"./crypto.js\", import.meta.url);",
            "viewer/Engine.js": "", "viewer/crypto.js": "new URL(\"./worker.js\", import.meta.url);",
        ])
        #expect(
            graph.entries(from: ["player.js", "gone.js"]) == [
                "element/panel.js", "player.js", "viewer/crypto.js", "viewer/worker.js",
            ])
        #expect(graph.loaded(by: "player.js", as: .referenced) == ["viewer/worker.js"])
    }

    @Test(arguments: [
        ("a.js", "b.js", "./a.js"), ("x/a.js", "b.js", "./x/a.js"), ("a.js", "x/b.js", "../a.js"),
        ("x/a.js", "x/b.js", "./a.js"), ("x/y/a.js", "x/z/b.js", "../y/a.js"), ("x/a.js", "y/b.js", "../x/a.js"),
    ])
    func `a name leads back to its path`(path: String, module: String, name: String) {
        #expect(ModuleGraph.name(of: path, from: module) == name)
        #expect(ModuleGraph.path(of: name, from: module) == path)
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
        let needed = ModuleGraph(modules).modules(of: "core/PeerMachine.js")
        #expect(needed.count > 15 && needed.contains("wire/Manifest.js"))
        let pages = ["home", "watch", "topology"].map { "<script src=\"/player/pages/\($0).js\">" }
        let joined = ViewerText(modules, pages: pages, version: "0").joined
        #expect(
            joined.keys.sorted() == [
                "pages/home.js", "pages/topology.js", "pages/watch.js", "player.js", "viewer/ViewingEngine.js",
                "viewer/engineWorker.js",
            ])
        for text in joined.values { #expect(!text.contains("\nimport ") && !text.contains("export * from")) }
    }
}
