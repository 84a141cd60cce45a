//! The script that loads the parts of a page, in place of wasm_split's own, which knows chunks that are joined now.
use crate::join::Pages;
use std::{collections::BTreeMap, fmt::Write};

/// A part is fetched once; one that failed is tried again when it is needed again. `initSync` without arguments gives what
/// the main module exports: memory, function table and globals, which parts import. A page's function comes from the
/// macro `wasm_split` (0.2): it is told by a call through the table whether all is there.
const LOADER: &str = "
const parts = {};
const shared = () => ({ __wasm_split: initSync(undefined, undefined) });
async function fetched(name) {
    const { instance } = await WebAssembly.instantiateStreaming(fetch(new URL(`./${name}.wasm`, import.meta.url)), shared());
    return instance;
}
function part(name) {
    parts[name] ??= fetched(name).catch((error) => {
        delete parts[name];
        throw error;
    });
    return parts[name];
}
const page = (names) => async (told, data) => {
    let loaded = true;
    try {
        await Promise.all(names.map(part));
    } catch (error) {
        console.error(error);
        loaded = false;
    }
    shared().__wasm_split.__indirect_function_table.get(told)(data, loaded);
};
";

/// `main` is the address of the main module's script, seen from this one.
pub fn script(main: &str, pages: &Pages) -> String {
    let mut script = format!("import {{ initSync }} from {main:?};{LOADER}");
    for (page, parts) in pages.iter().collect::<BTreeMap<_, _>>() {
        let _ = writeln!(script, "export const __wasm_split_load_{page} = page({parts:?});");
    }
    script
}
