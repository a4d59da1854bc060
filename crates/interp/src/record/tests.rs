//! Records keep what they are given, and do not take what they cannot.

use super::*;

#[test]
fn port_keeps_index_and_type() {
    for tensor_type in [TensorType::INT8, TensorType(-1), TensorType(i8::MIN)] {
        let port = PortRecord::new(Operand::ABSENT, 0xFF_FFFF, tensor_type).unwrap();
        assert_eq!((port.tensor(), port.tensor_type()), (0xFF_FFFF, tensor_type));
    }
    assert!(PortRecord::new(Operand::ABSENT, 0x100_0000, TensorType::INT8).is_none());
}

#[test]
fn node_keeps_every_type_next_to_any_block() {
    for &tensor_type in TensorType::ALL {
        for block in [0, 4, (1 << 29) - 4] {
            let record = NodeRecord::new(block, tensor_type, 7, [1, 2, 3]).unwrap();
            assert_eq!(record.element_type(), tensor_type);
            assert_eq!(record.words(), Slice::new(block, block / 4));
            assert_eq!((record.op, record.operand_len()), (7, 6));
        }
    }
    assert_eq!(size_of::<NodeRecord>(), 8);
    assert!(NodeRecord::new(1 << 29, TensorType::INT8, 0, [0; 3]).is_none());
    assert!(NodeRecord::new(0, TensorType(32), 0, [0; 3]).is_none());
    assert!(NodeRecord::new(0, TensorType(-1), 0, [0; 3]).is_none());
}

#[test]
fn operand_keeps_every_place() {
    for place in [
        Place::Absent,
        Place::Model(PLACE_LIMIT - 1),
        Place::Overlay(0),
        Place::Variable(16),
        Place::Tensor(7),
        Place::Scratch,
        Place::Constant(4),
        Place::Lut(0x9_1234),
    ] {
        assert_eq!(Operand::new(place, 5).unwrap().place(), place);
    }
    assert!(Operand::new(Place::Model(PLACE_LIMIT), 1).is_none());
}

#[test]
fn blocks_keep_operands() {
    let model = [0, 0, 3, 0, 0, 0, 7, 8, 9];
    let place = |place, bytes| Operand::new(place, bytes).unwrap();
    let operands = [
        place(Place::Overlay(16), 40),
        place(Place::Constant(6), 3),
        Operand::ABSENT,
        place(Place::Tensor(2), 50),
    ];
    let (mut words, mut next) = ([0xDA7A; 8], 5);
    for (at, operand) in operands.iter().enumerate() {
        operand.write(&mut words, at, &mut next);
    }
    assert_eq!(next, 8);
    let record = NodeRecord::new(32, TensorType::INT16, 0, [3, 1, 0]).unwrap();
    let change = |operand: Operand| match operand.place() {
        Place::Tensor(2) => Operand::new(Place::Overlay(64), operand.bytes),
        _ => Some(operand),
    };
    record.change(&mut words, 3, &mut { change }).unwrap();
    assert!(record.change(&mut words[..5], 3, &mut Some).is_none());
    let records = Records::new(bytemuck::cast_slice(&words));
    let of = |file| Model::unchecked(file).unwrap();
    let (read, data) = record.read(records, of(&model), 3).unwrap();
    assert_eq!((data.len(), data[..2] == [0x7A, 0xDA]), (4, true));
    assert_eq!(read.element_type(), TensorType::INT16);
    let found = |operand: Operand| (operand.place(), operand.bytes);
    assert_eq!(found(read.input(0)), (Place::Overlay(16), 40));
    assert_eq!(found(read.input(1)), (Place::Model(6), 3));
    assert_eq!(found(read.input(2)), (Place::Absent, 0));
    assert_eq!(found(read.output(0)), (Place::Overlay(64), 50));
    for none in [read.input(3), read.output(1), read.extra(0), read.extra(usize::MAX)] {
        assert_eq!(found(none), (Place::Absent, 0));
    }
    // A length that the model has not.
    let (read, _) = record.read(records, of(&model[..5]), 3).unwrap();
    assert_eq!(found(read.input(1)), (Place::Absent, 0));
    assert!(record.read(records, of(&model), 17).is_none());
}
