import Testing

@testable import WebCore

@Suite struct ViewerTextTests {
    private static let page = """
        <head><link href="/player/pages/watch.css"><script src="/player/pages/old.js"></script>
        <script type="module" src='/player/pages/watch.js'></script>
        </head><body>/player/pages/watch.js
        """
    private let texts = ViewerText(
        [
            "player.js": "// The player.\nexport * from \"./element/Element.js\";\n",
            "element/Element.js": """
            import { A, B } from "../wire/A.js";
            const start = () => new Worker(new URL("../viewer/worker.js", import.meta.url));
            const late = () => import("./Late.js");
            export class Element {}
            """,
            "element/Late.js": "export const late2 = 2;",
            "wire/A.js": "export const A = 1;\nexport const B = 2;",
            "viewer/worker.js": "import {\n    A,\n} from \"../wire/A.js\";\npostMessage(A);",
            "pages/watch.js": "import { Element } from \"../element/Element.js\";\nElement.name;", "pages/old.js": "",
            "never.js": "",
        ], pages: [page], version: "0f")

    @Test func `an entry leads to the whole of this version`() {
        #expect(texts.entry("player.js") == "export * from \"./player/0f/player.js\";\n")
        #expect(texts.entry("other.js") == nil)
        #expect(
            texts.joined.keys.sorted() == [
                "element/Late.js", "pages/old.js", "pages/watch.js", "player.js", "viewer/worker.js",
            ])
    }

    @Test func `a whole has what it needs in the order of running, and finds what is loaded by address`() {
        #expect(
            texts.joined["pages/watch.js"] == """
                // wire/A.js
                export const A = 1;
                export const B = 2;
                // element/Element.js
                const start = () => new Worker(new URL("../viewer/worker.js", import.meta.url));
                const late = () => import("../element/Late.js");
                export class Element {}
                // pages/watch.js
                Element.name;
                """)
        #expect(texts.joined["player.js"]?.contains("new URL(\"./viewer/worker.js\"") == true)
        #expect(texts.joined["player.js"]?.hasSuffix("// player.js\n// The player.\n") == true)
        #expect(
            texts.joined["viewer/worker.js"]
                == "// wire/A.js\nexport const A = 1;\nexport const B = 2;\n// viewer/worker.js\npostMessage(A);")
    }

    @Test func `a page hints at the workers that its modules start`() {
        #expect(
            texts.page(Self.page) == """
                <head><link href="/player/0f/pages/watch.css"><script src="/player/0f/pages/old.js"></script>
                <script type="module" src='/player/0f/pages/watch.js'></script>
                <link rel="modulepreload" href="/player/0f/viewer/worker.js">
                </head><body>/player/0f/pages/watch.js
                """)
    }

    @Test func `a page without a head, or without modules, has no hints`() {
        #expect(
            texts.page("<script src=/player/pages/watch.js></script>")
                == "<script src=/player/0f/pages/watch.js></script>")
        #expect(texts.page("<head></head><link href=/player/x.css") == "<head></head><link href=/player/0f/x.css")
    }
}
