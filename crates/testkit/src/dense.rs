//! Models of few bytes and much to do: every table and every list is written once, and named as
//! often as one likes. The writer of `bantam-schema` shares nothing.

use bantam_schema::{BuiltinOperator, TensorType};

/// A model.
#[derive(Clone, Debug, Default)]
pub struct Dense {
    /// The tensors' tables.
    pub kinds: Vec<Kind>,
    /// For each tensor its table.
    pub tensors: Vec<usize>,
    /// Lists of tensors.
    pub lists: Vec<Vec<i32>>,
    /// The nodes' tables.
    pub operators: Vec<Node>,
    /// For each node its table.
    pub nodes: Vec<usize>,
    /// The list of the graph's inputs.
    pub inputs: usize,
    /// The list of the graph's outputs.
    pub outputs: usize,
    /// How often the graph is there, less one.
    pub more_subgraphs: usize,
    /// Entries of metadata, all of this name.
    pub metadata: (usize, String),
}

/// The table of tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kind {
    /// The type.
    pub tensor_type: TensorType,
    /// The shape.
    pub shape: Vec<i32>,
    /// Whether it is a variable.
    pub is_variable: bool,
    /// The constant's bytes; an activation has none.
    pub data: Vec<u8>,
    /// The scales.
    pub scales: Vec<f32>,
}

/// The table of nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The operator.
    pub builtin: BuiltinOperator,
    /// The number of its options in the union of the schema, and their fields: slot, bytes, value.
    pub options: (u8, Vec<(u16, u8, u32)>),
    /// The list of its inputs.
    pub inputs: usize,
    /// The list of its outputs.
    pub outputs: usize,
    /// The list of its intermediates.
    pub intermediates: Option<usize>,
}

/// The offset of something that is yet to be written.
const LATER: u32 = u32::MAX;

impl Dense {
    /// Writes it.
    pub fn file(&self) -> Vec<u8> {
        let mut writer = Writer { file: vec![0; 8] };
        writer.file[4..].copy_from_slice(b"TFL3");
        let offset = |slot: u16| (slot, 4, LATER);
        let mut fields = vec![(0, 4, 3)];
        fields.extend([1, 2, 4].map(offset));
        if self.metadata.0 != 0 {
            fields.push(offset(6));
        }
        let model = writer.table(&[0], &fields);
        self.codes(&mut writer, model[0]);
        self.graph(&mut writer, model[1]);
        self.buffers(&mut writer, model[2]);
        if let Some(&at) = model.get(3) {
            let entries = writer.list(at, self.metadata.0);
            let name = writer.table(&entries, &[offset(0), (1, 4, 0)])[0];
            writer.bytes(&[name], self.metadata.1.as_bytes());
        }
        writer.file
    }

    fn codes(&self, writer: &mut Writer, at: usize) {
        let entries = writer.list(at, self.operators.len());
        for (entry, node) in entries.into_iter().zip(&self.operators) {
            let code = node.builtin.0 as u32;
            writer.table(&[entry], &[(0, 1, code.min(127)), (2, 4, 1), (3, 4, code)]);
        }
    }

    fn buffers(&self, writer: &mut Writer, at: usize) {
        let entries = writer.list(at, self.kinds.len() + 1);
        writer.table(&entries[..1], &[]);
        for (entry, kind) in entries[1..].iter().zip(&self.kinds) {
            if kind.data.is_empty() {
                writer.table(&[*entry], &[]);
            } else {
                let data = writer.table(&[*entry], &[(0, 4, LATER)])[0];
                writer.bytes(&[data], &kind.data);
            }
        }
    }

    fn graph(&self, writer: &mut Writer, at: usize) {
        let entries = writer.list(at, self.more_subgraphs + 1);
        let graph = writer.table(&entries, &[0, 1, 2, 3].map(|slot| (slot, 4, LATER)));
        let tensors = writer.list(graph[0], self.tensors.len());
        let nodes = writer.list(graph[3], self.nodes.len());
        let mut uses: Vec<Vec<usize>> = vec![vec![]; self.lists.len()];
        uses[self.inputs].push(graph[1]);
        uses[self.outputs].push(graph[2]);
        for (table, node) in self.operators.iter().enumerate() {
            let named = |(_, of): &(&usize, &usize)| **of == table;
            let here: Vec<usize> =
                nodes.iter().zip(&self.nodes).filter(named).map(|(at, _)| *at).collect();
            let mut fields = vec![(0, 4, table as u32), (1, 4, LATER), (2, 4, LATER)];
            if node.options.0 != 0 {
                fields.extend([(3, 1, node.options.0.into()), (4, 4, LATER)]);
            }
            if node.intermediates.is_some() {
                fields.push((8, 4, LATER));
            }
            let mut later = writer.table(&here, &fields).into_iter();
            let mut next = || later.next().expect("as many as there are");
            uses[node.inputs].push(next());
            uses[node.outputs].push(next());
            if node.options.0 != 0 {
                writer.table(&[next()], &node.options.1);
            }
            if let Some(list) = node.intermediates {
                uses[list].push(next());
            }
        }
        for (list, at) in self.lists.iter().zip(uses) {
            writer.words(&at, &list.iter().map(|&tensor| tensor as u32).collect::<Vec<_>>());
        }
        self.tensors(writer, &tensors);
    }

    fn tensors(&self, writer: &mut Writer, at: &[usize]) {
        for (table, kind) in self.kinds.iter().enumerate() {
            let named = |(_, of): &(&usize, &usize)| **of == table;
            let here: Vec<usize> =
                at.iter().zip(&self.tensors).filter(named).map(|(at, _)| *at).collect();
            let buffer = if kind.data.is_empty() { 0 } else { table as u32 + 1 };
            let mut fields = vec![
                (0, 4, LATER),
                (1, 1, u32::from(kind.tensor_type.0 as u8)),
                (2, 4, buffer),
                (5, 1, kind.is_variable.into()),
            ];
            if !kind.scales.is_empty() {
                fields.push((4, 4, LATER));
            }
            let later = writer.table(&here, &fields);
            writer.words(&later[..1], &kind.shape.iter().map(|&d| d as u32).collect::<Vec<_>>());
            if let Some(&quantization) = later.get(1) {
                let scale = writer.table(&[quantization], &[(2, 4, LATER)])[0];
                let scales: Vec<u32> = kind.scales.iter().map(|scale| scale.to_bits()).collect();
                writer.words(&[scale], &scales);
            }
        }
    }
}

/// A file, from its beginning to its end: what names something comes before it.
struct Writer {
    file: Vec<u8>,
}

impl Writer {
    fn word(&mut self, word: u32) {
        self.file.extend(word.to_le_bytes());
    }

    /// Lets the offsets at these places lead to the end of the file.
    fn lead_here(&mut self, at: &[usize]) {
        for &at in at {
            let offset = (self.file.len() - at) as u32;
            self.file[at..at + 4].copy_from_slice(&offset.to_le_bytes());
        }
    }

    /// Writes a table; gives the places of the fields that come later.
    fn table(&mut self, at: &[usize], fields: &[(u16, u8, u32)]) -> Vec<usize> {
        let slots = fields.iter().map(|(slot, ..)| slot + 1).max().unwrap_or(0);
        let mut places = vec![0_u16; slots.into()];
        let mut end = 4;
        for &(slot, bytes, _) in fields {
            places[usize::from(slot)] = end;
            end += u16::from(bytes);
        }
        let vtable_bytes = 4 + 2 * slots;
        for word in [vtable_bytes, end].into_iter().chain(places) {
            self.file.extend(word.to_le_bytes());
        }
        self.lead_here(at);
        self.word(vtable_bytes.into());
        let mut later = vec![];
        for &(_, bytes, value) in fields {
            if value == LATER {
                later.push(self.file.len());
            }
            self.file.extend(&value.to_le_bytes()[..bytes.into()]);
        }
        later
    }

    /// Writes a list of tables; gives the places of its entries.
    fn list(&mut self, at: usize, len: usize) -> Vec<usize> {
        self.lead_here(&[at]);
        self.word(len as u32);
        let first = self.file.len();
        self.file.resize(first + 4 * len, 0);
        (0..len).map(|index| first + 4 * index).collect()
    }

    fn words(&mut self, at: &[usize], words: &[u32]) {
        self.lead_here(at);
        self.word(words.len() as u32);
        words.iter().for_each(|&word| self.word(word));
    }

    fn bytes(&mut self, at: &[usize], bytes: &[u8]) {
        self.lead_here(at);
        self.word(bytes.len() as u32);
        self.file.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bantam_schema::Model;

    #[test]
    fn what_is_written_is_read() {
        let file = Dense {
            kinds: vec![Kind { shape: vec![2, 3], ..Kind::default() }],
            tensors: vec![0; 5],
            lists: vec![vec![0], vec![4]],
            operators: vec![Node { builtin: BuiltinOperator::RELU, outputs: 1, ..Node::default() }],
            nodes: vec![0; 7],
            outputs: 1,
            metadata: (3, "name".to_owned()),
            ..Dense::default()
        }
        .file();
        let model = Model::parse(&file).unwrap();
        let graph = model.subgraph(0).unwrap();
        assert_eq!((graph.tensor_len(), graph.operator_len()), (5, 7));
        assert_eq!(graph.operator(6).unwrap().code().builtin, BuiltinOperator::RELU);
        assert_eq!(graph.operator(6).unwrap().outputs(), [4]);
        assert_eq!(graph.tensor(3).unwrap().shape(), [2, 3]);
        assert!(model.metadata_by_name("name").is_some());
    }
}
