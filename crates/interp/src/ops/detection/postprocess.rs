//! DETECTION_POSTPROCESS: the best boxes of a detector, without those that overlap them
//! (`ops::DETECTION_POSTPROCESS`).
//!
//! * Types: `f32`
//! * Limits: one batch; a box has one class unless `use_regular_nms` is set; every box has an
//!   extent; outputs have room for `max_detections`
//! * Conformance: float32

use crate::op::Io;
use crate::{Cause, EvalError, Extra, Failed, Operator, Prepare, Slot, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::detection::postprocess::{DetectionOptions, DetectionParams, Detections};
use bantam_schema::TensorType;
use bantam_schema::flexbuffer::{Map, Reader};
use bytemuck::{Pod, Zeroable};

const ENCODINGS: usize = 0;
const SCORES: usize = 1;
const ANCHORS: usize = 2;
/// Boxes, classes, scores, and their number.
const OUTPUTS: usize = 4;
const COUNT: usize = 3;
/// Numbers of a box.
const BOX: usize = 4;

/// Detections of a class if the options do not say it.
const PER_CLASS: i32 = 100;

pub(crate) struct DetectionPostprocess;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: DetectionParams,
    scratch: Extra,
}

impl Operator for DetectionPostprocess {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(3..=3, OUTPUTS)?;
        let (encodings, scores) = (node.input(ENCODINGS)?, node.input(SCORES)?);
        let anchors = node.input(ANCHORS)?;
        for tensor in [encodings, scores, anchors] {
            tensor.require(TensorType::FLOAT32)?;
        }
        let options = options(node)?;
        let shapes = [encodings.shape()?, scores.shape()?, anchors.shape()?];
        let [encodings, scores, anchors] = &shapes;
        let params = DetectionParams::new(&options, encodings, scores, anchors);
        let params = node.check(params)?;
        for index in 0..OUTPUTS {
            let output = node.output(index)?;
            output.require(TensorType::FLOAT32)?;
            let room = match index {
                0 => params.max_detections().saturating_mul(BOX),
                COUNT => 1,
                _ => params.max_detections(),
            };
            if output.element_len()? < room {
                return Err(output.error(Cause::Shape));
            }
        }
        let scratch = node.scratch(params.scratch_len().saturating_mul(size_of::<f32>()))?;
        Ok(Data { params, scratch })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [
            Slot::Output(0),
            Slot::Output(1),
            Slot::Output(2),
            Slot::Output(COUNT),
            Slot::Extra(data.scratch),
        ];
        let ([boxes, classes, scores, count, scratch], reader) = io.split(slots)?;
        let detections = Detections {
            boxes: cast_mut(boxes)?,
            classes: cast_mut(classes)?,
            scores: cast_mut(scores)?,
        };
        let found = data.params.run::<Le<4>>(
            reader.input(ENCODINGS)?,
            reader.input(SCORES)?,
            reader.input(ANCHORS)?,
            cast_mut(scratch)?,
            detections,
        )?;
        let found = found.ok_or(EvalError::Value)?;
        *cast_mut::<f32>(count)?.first_mut().ok_or(EvalError::Memory)? = found as f32;
        Ok(())
    }
}

/// The options: a map of numbers, of which those that are not there are 0.
fn options(node: &Prepare<'_, '_>) -> Result<DetectionOptions, Failed> {
    let operator = node.operator();
    let map = Reader::root(operator.custom_options()).and_then(|root| root.as_map());
    let map: Map<'_> = map.ok_or_else(|| node.error(Cause::Options))?;
    let find = |key: &str| map.get(key).filter(|value| !value.is_null());
    let integer = |key: &str, otherwise| match find(key) {
        Some(value) => value.as_i32().ok_or_else(|| node.error(Cause::Options)),
        None => Ok(otherwise),
    };
    let real = |key: &str| match find(key) {
        Some(value) => value.as_f32().ok_or_else(|| node.error(Cause::Options)),
        None => Ok(0.0),
    };
    let each_class = find("use_regular_nms").is_some_and(|value| value.as_bool() == Some(true));
    let options = DetectionOptions {
        max_detections: integer("max_detections", 0)?,
        detections_per_class: integer("detections_per_class", PER_CLASS)?,
        classes: integer("num_classes", 0)?,
        score_threshold: real("nms_score_threshold")?,
        overlap_threshold: real("nms_iou_threshold")?,
        scales: [real("y_scale")?, real("x_scale")?, real("h_scale")?, real("w_scale")?],
        each_class,
    };
    if !(options.overlap_threshold > 0.0 && options.overlap_threshold <= 1.0) {
        return Err(node.error(Cause::Unsupported("an nms_iou_threshold outside of 0 to 1")));
    }
    let classes_of_box = integer("max_classes_per_detection", 0)?;
    // With more the reference writes behind its outputs.
    if !each_class && classes_of_box.min(options.classes) != 1 {
        let what = "any max_classes_per_detection but 1 without use_regular_nms";
        return Err(node.error(Cause::Unsupported(what)));
    }
    Ok(options)
}
