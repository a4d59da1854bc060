// Runs a case in node and prints its figures as the boards do, a line `name value` each: node run.mjs FILE.wasm
import { readFileSync } from "node:fs";

const NAMES = [
  "arena_bytes", "arena_used_bytes", "overlay_bytes", "arena_hash", "output_hash", "sets", "equal",
];
// The linker puts the stack first: it grows down from here, and all below is free.
const STACK_BYTES = 1 << 20;
const PAINT = 0xcc;

// Bytes of the sections of these kinds: code is 10, data is 11.
function sectionBytes(file, kinds) {
  let at = 8; // magic number and version
  let sum = 0;
  while (at < file.length) {
    const kind = file[at++];
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = file[at++];
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (kinds.includes(kind)) sum += length;
    at += length;
  }
  return sum;
}

const file = readFileSync(process.argv[2]);
const module = new WebAssembly.Module(file);
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  console.log("failed imports", imports.map(({ name }) => name).join(" "));
  process.exit(1);
}
const { exports } = new WebAssembly.Instance(module);
const stack = new Uint8Array(exports.memory.buffer, 0, STACK_BYTES).fill(PAINT);
const passed = exports.run() === 1;
let mode = "";
for (let byte; (byte = exports.mode(mode.length)) !== 0; ) mode += String.fromCharCode(byte);
console.log("mode", mode);
NAMES.forEach((name, index) => {
  const value = BigInt.asUintN(64, exports.figure(index));
  console.log(name, name.endsWith("hash") ? `0x${value.toString(16).padStart(16, "0")}` : `${value}`);
});
const deepest = stack.findIndex((byte) => byte !== PAINT);
console.log("invoke_stack_bytes", `${STACK_BYTES - deepest}`);
console.log("program_bytes", `${sectionBytes(file, [10, 11])}`);
process.exit(passed && deepest > 0 ? 0 : 1);
