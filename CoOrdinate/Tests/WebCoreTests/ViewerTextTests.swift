import Testing

@testable import WebCore

@Suite struct ViewerTextTests {
    private let texts = ViewerText(
        [
            "player.js": "export * from \"./element/Element.js\";\n",
            "element/Element.js": "import { A } from \"../wire/A.js\";", "wire/A.js": "",
            "pages/watch.js": "import { Element } from \"../element/Element.js\";", "pages/old.js": "",
        ], version: "0f")

    @Test func `an entry names all that is needed, under the name of the version`() {
        #expect(
            texts.entry("player.js") == """
                import "./player/0f/element/Element.js";
                import "./player/0f/wire/A.js";
                export * from "./player/0f/element/Element.js";

                """)
        #expect(texts.entry("other.js") == nil)
    }

    @Test func `a page links to what its modules need, each once`() {
        let page = """
            <head><link href="/player/pages/watch.css"><script src="/player/pages/old.js"></script>
            <script type="module" src='/player/pages/watch.js'></script><script type=module src=/player/player.js></script>
            </head><body>/player/pages/watch.js
            """
        #expect(
            texts.page(page) == """
                <head><link href="/player/0f/pages/watch.css"><script src="/player/0f/pages/old.js"></script>
                <script type="module" src='/player/0f/pages/watch.js'></script>\
                <script type=module src=/player/0f/player.js></script>
                <link rel="modulepreload" href="/player/0f/element/Element.js">
                <link rel="modulepreload" href="/player/0f/wire/A.js">
                </head><body>/player/0f/pages/watch.js
                """)
    }

    @Test func `a page without a head, or without modules, has no links`() {
        #expect(
            texts.page("<script src=/player/pages/watch.js></script>")
                == "<script src=/player/0f/pages/watch.js></script>")
        #expect(texts.page("<head></head><link href=/player/x.css") == "<head></head><link href=/player/0f/x.css")
        #expect(texts.page("/player/") == "/player/0f/" && texts.page("").isEmpty)
    }
}
