// Builds the widget: node build.mjs; with --check, tells whether what is committed is what the sources give.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = name => new URL(name, import.meta.url);
const read = name => readFileSync(here(name), "utf8");
const check = process.argv.includes("--check");

/** Most bytes of gzip -9, both files together; the loader alone. */
const MOST = 30 * 1024, LOADER = 2 * 1024;

const minify = {
  name: "css", setup: it => it.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
    contents: (await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, charset: "utf8" })).code.trim(), loader: "text",
  })),
};

async function bundle(entry) {
  const done = await build({
    entryPoints: [here("widget/" + entry).pathname], bundle: true, minify: true, write: false, format: "iife", target: "es2020",
    jsx: "automatic", jsxImportSource: "preact", charset: "utf8", legalComments: "none", plugins: [minify],
  });
  return done.outputFiles[0].text;
}

let wrong = 0;
const sizes = {};
for (const [entry, name] of [["element.jsx", "widget.js"], ["loader.js", "loader.js"]]) {
  const text = await bundle(entry), file = "built/" + name;
  sizes[name] = gzipSync(text, { level: 9 }).length;
  if (!check) writeFileSync(here(file), text);
  else if (read(file) !== text) {
    console.error(`${file} is not what its sources give: run node build.mjs in connectors/web and commit it`);
    wrong = 1;
  }
}
const all = sizes["widget.js"] + sizes["loader.js"];
console.log(`widget ${sizes["widget.js"]} bytes of gzip, loader ${sizes["loader.js"]}, together ${all} of ${MOST}`);
if (all > MOST || sizes["loader.js"] > LOADER) {
  console.error("the widget is too large");
  wrong = 1;
}
process.exit(wrong);
