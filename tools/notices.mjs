// Prints the licences of all libraries that the programs are built from, each text once, as their authors ask for wherever
// programs are given away.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What cargo says. */
const cargo = (...options) => execFileSync("cargo", options, { encoding: "utf8", maxBuffer: 256 << 20 });

// What is built in, and not only needed to build or to test, as tools/licences.sh has it.
const wanted = ["--workspace", "--edges", "normal", "--target", "all", "--all-features", "--prefix", "none"];
const lines = cargo("tree", "--locked", ...wanted, "--format", "{p}").split("\n");
const built = new Set(lines.filter((line) => line && !line.includes("(/")).map((line) => line.split(" (")[0]));
const { packages } = JSON.parse(cargo("metadata", "--locked", "--format-version", "1", "--all-features"));
const libraries = packages.filter(({ name, version, source }) => source && built.has(`${name} v${version}`));

const texts = new Map();
const silent = [];
for (const { name, version, license, manifest_path } of libraries) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice|unlicense)/i.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8").trim());
  if (files.length === 0) silent.push(`${name} ${version}: ${license}`);
  for (const text of files) texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
}
const parts = [...texts].map(([text, names]) => `${names.sort().join("\n")}\n\n${text}\n`).sort();
console.log("The libraries that the programs are built from, and their licences.\n");
console.log(parts.join(`\n${"=".repeat(80)}\n\n`));
if (silent.length > 0) console.log(`\n${"=".repeat(80)}\n\nWithout a text of their own:\n${silent.sort().join("\n")}`);
