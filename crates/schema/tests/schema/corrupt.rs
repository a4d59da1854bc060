//! Whatever happens to a file on its way, reading it gives a value or an error.

use crate::common;
use bantam_schema::{
    BuiltinOperator, Error, Model, TensorType,
    flexbuffer::Reader,
    options::AddOptions,
    write::{FlexValue, ModelBuilder, TensorSpec, flexbuffer},
};
use proptest::prelude::*;

fn small_model() -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1, 4]).quantized(0.5, -1));
    let y = graph.tensor(TensorSpec::new("y", TensorType::INT8, &[4]).data(&[1, 2, 3, 4]));
    graph.operator(BuiltinOperator::ADD, &[x, y], &[x], AddOptions::default());
    graph.inputs(&[x]).outputs(&[x]);
    model.metadata("m", &[7]);
    model.finish()
}

/// Returns how many of the changed files still parse.
fn flip(file: &[u8], changes: impl Iterator<Item = u8> + Clone) -> usize {
    let mut file = file.to_vec();
    let mut parsed = 0;
    for place in 0..file.len() {
        for change in changes.clone() {
            file[place] ^= change;
            if let Ok(model) = Model::parse(&file) {
                common::walk(model);
                parsed += 1;
            }
            file[place] ^= change;
        }
    }
    parsed
}

#[test]
fn every_change_of_a_byte_gives_a_value_or_an_error() {
    let file = small_model();
    let parsed = flip(&file, 1..=255);
    assert!(parsed > 0 && parsed < 255 * file.len());
}

#[test]
fn every_change_of_a_bit_of_a_rich_model_gives_a_value_or_an_error() {
    for behind in [false, true] {
        let file = common::rich_model().data_behind(behind).finish();
        let parsed = flip(&file, (0..8).map(|bit| 1 << bit).chain([0x7f, 0xff]));
        assert!(parsed > 0 && parsed < 10 * file.len());
    }
}

#[test]
fn every_truncation_gives_a_value_or_an_error() {
    for behind in [false, true] {
        let file = common::rich_model().data_behind(behind).finish();
        let whole = common::walk(Model::parse(&file).unwrap());
        for len in 0..file.len() {
            if let Ok(model) = Model::parse(&file[..len]) {
                assert_eq!(common::walk(model), whole, "only padding may be missing");
                assert!(file.len() - len < 16);
            }
        }
        assert_eq!(Model::parse(&file[..7]).unwrap_err(), Error::Length { bytes: 7 });
    }
}

#[test]
fn any_alignment_reads_the_same() {
    let file = common::rich_model().finish();
    let whole = common::walk(Model::parse(&file).unwrap());
    for shift in 1..9 {
        let mut moved = vec![0; shift];
        moved.extend(&file);
        assert_eq!(common::walk(Model::parse(&moved[shift..]).unwrap()), whole);
    }
}

#[test]
fn every_change_of_a_byte_of_a_flexbuffer_gives_a_value_or_none() {
    let value = FlexValue::map([
        ("a", 300.into()),
        ("b", FlexValue::Vector(vec![1.into(), "two".into(), FlexValue::Blob(vec![3])])),
        ("c", FlexValue::map([("d", FlexValue::Ints(vec![1, 2]))])),
    ]);
    let mut bytes = flexbuffer(&value);
    let mut nothing = |part: &dyn core::fmt::Debug| assert!(!format!("{part:?}").is_empty());
    for place in 0..bytes.len() {
        for change in 1..=255 {
            bytes[place] ^= change;
            if let Some(root) = Reader::root(&bytes) {
                common::walk_value(root, 5, &mut nothing);
            }
            bytes[place] ^= change;
        }
    }
    for len in 0..bytes.len() {
        if let Some(root) = Reader::root(&bytes[..len]) {
            common::walk_value(root, 5, &mut nothing);
        }
    }
}

proptest! {
    #[test]
    fn prop_noise_never_panics(mut bytes: Vec<u8>, root in 0_u32..64) {
        if let Some(head) = bytes.first_chunk_mut::<8>() {
            *head = *b"....TFL3";
            head[..4].copy_from_slice(&root.to_le_bytes());
        }
        if let Ok(model) = Model::parse(&bytes) {
            common::walk(model);
        }
        if let Some(root) = Reader::root(&bytes) {
            common::walk_value(root, 2, &mut |_| ());
        }
    }

    #[test]
    fn prop_several_changes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = common::rich_model().finish();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Ok(model) = Model::parse(&file) {
            common::walk(model);
        }
    }
}
