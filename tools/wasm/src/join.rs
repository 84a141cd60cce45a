//! Joins the chunks of a split build. `wasm_split` makes one for every set of pages that share something: 210 files for
//! 26 pages, most below 2 kB, 85 requests for a first visit. Chunks reach each other through the one function table and
//! never by imports of each other, so several can be one file, and a page may load one earlier than it needs it.
use crate::Result;
use std::{collections::HashMap, fs, path::Path};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, FunctionSection, ImportSection, Module, TypeSection,
    reencode::{Error as Reencoding, Reencode},
};
use wasmparser::{FuncType, Import, Parser, Payload, TypeRef};

/// What one file more costs a page that loads it, in bytes of unoptimised WASM: a request, a header, a start of Brotli.
const FILE: u64 = 10_000;

/// For each page the files it loads, without their ending.
pub type Pages = HashMap<String, Vec<String>>;

/// Files that become one: the pages that load it (a bit each) and its bytes.
struct Group {
    pages: u128,
    bytes: u64,
    files: Vec<String>,
}

impl Group {
    /// Bytes that joining saves: a file less for who loads both, more bytes for who loads one of them.
    fn gain(&self, other: &Self) -> i64 {
        let count = |pages: u128| u64::from(pages.count_ones());
        let saved = FILE * count(self.pages & other.pages);
        let wasted = self.bytes * count(other.pages & !self.pages) + other.bytes * count(self.pages & !other.pages);
        saved.cast_signed() - wasted.cast_signed()
    }
}

/// Joins the files in `dir`; what each page loads afterwards.
pub fn join(dir: &Path, pages: &Pages) -> Result<Pages> {
    let mut names: Vec<&String> = pages.keys().collect();
    names.sort();
    if names.len() > 128 {
        return Err("more pages than bits: a wider set, please".into());
    }
    let mut users: HashMap<&String, u128> = HashMap::new();
    for (bit, name) in names.iter().enumerate() {
        for file in &pages[*name] {
            *users.entry(file).or_default() |= 1 << bit;
        }
    }
    let mut groups = Vec::new();
    for (file, pages) in users {
        let bytes = fs::metadata(dir.join(format!("{file}.wasm")))?.len();
        groups.push(Group { pages, bytes, files: vec![file.clone()] });
    }
    groups.sort_by(|a, b| a.files.cmp(&b.files)); // the same input gives the same files
    let groups = joined(groups);
    let mut after: Pages = names.iter().map(|name| ((*name).clone(), Vec::new())).collect();
    for (number, group) in groups.iter().enumerate() {
        let part = format!("part_{number}");
        let modules = group.files.iter().map(|file| fs::read(dir.join(format!("{file}.wasm"))));
        let modules = modules.collect::<std::io::Result<Vec<_>>>()?;
        fs::write(dir.join(format!("{part}.wasm")), one_of(&modules)?)?;
        for file in &group.files {
            fs::remove_file(dir.join(format!("{file}.wasm")))?;
        }
        for (bit, name) in names.iter().enumerate() {
            if group.pages & (1 << bit) != 0 {
                after.entry((*name).clone()).or_default().push(part.clone());
            }
        }
    }
    Ok(after)
}

/// The pair that saves most becomes one, until none saves.
fn joined(mut groups: Vec<Group>) -> Vec<Group> {
    loop {
        let mut best = (0, 0, 0);
        for (b, second) in groups.iter().enumerate() {
            for (a, first) in groups[..b].iter().enumerate() {
                best = best.max((first.gain(second), a, b));
            }
        }
        let (gain, a, b) = best;
        if gain <= 0 {
            return groups;
        }
        let second = groups.swap_remove(b);
        let first = &mut groups[a];
        first.pages |= second.pages;
        first.bytes += second.bytes;
        first.files.extend(second.files);
    }
}

/// One module that has what all of them have. All import the same memory, table and globals, and export nothing.
fn one_of(modules: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut all = Joined::default();
    for module in modules {
        all.add(module)?;
    }
    let mut out = Module::new();
    out.section(&all.types).section(&all.imports).section(&all.functions).section(&all.elements);
    out.section(&all.code).section(&all.data);
    Ok(out.finish())
}

/// The sections of the joined module as far as they are.
#[derive(Default)]
struct Joined {
    places: Places,
    known_types: Vec<FuncType>,
    known_imports: Vec<(String, TypeRef)>,
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

impl Joined {
    fn add(&mut self, module: &[u8]) -> Result<()> {
        self.places = Places {
            functions_before: self.functions.len(),
            data_before: self.data.len(),
            elements_before: self.elements.len(),
            ..Places::default()
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for function in section.into_iter_err_on_gc_types() {
                        self.add_type(function?)?;
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        self.add_import(import?)?;
                    }
                }
                Payload::FunctionSection(section) => {
                    self.places.parse_function_section(&mut self.functions, section)?
                }
                Payload::ElementSection(section) => self.places.parse_element_section(&mut self.elements, section)?,
                Payload::CodeSectionEntry(body) => self.places.parse_function_body(&mut self.code, body)?,
                Payload::DataSection(section) => self.places.parse_data_section(&mut self.data, section)?,
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                Payload::ExportSection(section) if section.count() == 0 => {}
                Payload::GlobalSection(section) if section.count() == 0 => {}
                Payload::TableSection(section) if section.count() == 0 => {}
                Payload::MemorySection(section) if section.count() == 0 => {}
                Payload::TagSection(section) if section.count() == 0 => {}
                other => return Err(format!("a chunk has what chunks had not when this was written: {other:?}").into()),
            }
        }
        Ok(())
    }

    fn add_type(&mut self, function: FuncType) -> Result<()> {
        let known = self.known_types.iter().position(|known| *known == function);
        if known.is_none() {
            self.types.ty().func_type(&self.places.func_type(function.clone())?);
            self.known_types.push(function);
        }
        let place = known.unwrap_or(self.known_types.len() - 1);
        self.places.types.push(u32::try_from(place)?);
        Ok(())
    }

    fn add_import(&mut self, import: Import<'_>) -> Result<()> {
        if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_) | TypeRef::Tag(_)) {
            return Err(format!("a chunk imports {}: only memory, table and globals are expected", import.name).into());
        }
        if !self.known_imports.iter().any(|(name, _)| name == import.name) {
            let kind = self.places.entity_type(import.ty)?;
            self.imports.import(import.module, import.name, kind);
            self.known_imports.push((import.name.to_owned(), import.ty));
        }
        if matches!(import.ty, TypeRef::Global(_)) {
            let globals = self.known_imports.iter().filter(|(_, kind)| matches!(kind, TypeRef::Global(_)));
            let place = globals.take_while(|(name, _)| name != import.name).count();
            self.places.globals.push(u32::try_from(place)?);
        }
        Ok(())
    }
}

/// Where in the joined module stands what the module at hand calls n.
#[derive(Default)]
struct Places {
    types: Vec<u32>,
    globals: Vec<u32>,
    functions_before: u32,
    data_before: u32,
    elements_before: u32,
}

impl Reencode for Places {
    type Error = std::io::Error;

    fn type_index(&mut self, ty: u32) -> Reencoded {
        place(&self.types, ty)
    }
    fn global_index(&mut self, global: u32) -> Reencoded {
        place(&self.globals, global)
    }
    fn function_index(&mut self, function: u32) -> Reencoded {
        Ok(self.functions_before + function)
    }
    fn data_index(&mut self, data: u32) -> Reencoded {
        Ok(self.data_before + data)
    }
    fn element_index(&mut self, element: u32) -> Reencoded {
        Ok(self.elements_before + element)
    }
}

type Reencoded = std::result::Result<u32, Reencoding<std::io::Error>>;

fn place(places: &[u32], index: u32) -> Reencoded {
    let found = places.get(index as usize).copied();
    found.ok_or_else(|| Reencoding::UserError(std::io::Error::other(format!("nothing has index {index}"))))
}
