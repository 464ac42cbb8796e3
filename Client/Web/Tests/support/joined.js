// @ts-check
import { readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";

const folder = new URL("../../", import.meta.url);
const importLine = /^import\s+\{[^}]*\}\s+from\s+"([^"]+)";\n/gm;

/**
 * Modules and all that they import as the text of one, each after those that it imports: as the coordinate
 * joins them. Imports go, `export` stays: a module that others import from may be one of many.
 */
export function joined(paths) {
    const seen = new Set();
    const parts = [];
    const visit = (path) => {
        if (seen.has(path)) return;
        seen.add(path);
        const text = readFileSync(new URL(path, folder), "utf8");
        for (const [, target] of text.matchAll(importLine)) visit(normalize(`${dirname(path)}/${target}`));
        parts.push(`// ${path}\n${text.replace("// @ts-check\n", "").replace(importLine, "")}`);
    };
    paths.forEach(visit);
    return parts.join("\n");
}
