//! Operators that detectors of objects and classifiers end with.

use bantam_schema::{BuiltinOperator as Op, Options};

use crate::flex::{Flex, mixed_map};
use crate::params::join;
use crate::usual::{BOOL, F32, I32};
use crate::{Case, Entry, Params, Tensor};

/// The variant that searches each class by itself.
const EACH_CLASS: u8 = 1;

pub(super) fn entries() -> Vec<Entry> {
    let detector = |boxes: i32, classes: i32| Params::of(&[1, boxes, 4]).channels(classes);
    vec![
        Entry::new(Op::CUSTOM, &[I32], basic_classifier)
            .custom("BasicClassifier")
            .test([Params::of(&[1, 6]).channels(3), Params::of(&[2, 3]).channels(1)])
            .bench([Params::of(&[1, 200]).channels(100)]),
        Entry::new(Op::CUSTOM, &[F32], detection_postprocess)
            .custom("TFLite_Detection_PostProcess")
            // Boxes without extent are an error.
            .limit(1.0)
            .test([detector(9, 3), detector(9, 3).variant(EACH_CLASS), detector(4, 1)])
            .bench([detector(200, 10)]),
    ]
}

/// Chosen scores and their thresholds.
fn basic_classifier(params: &Params) -> Option<Case> {
    let (input, count) = (params.input.clone(), params.channels);
    let targets = Tensor::indices(&[count], input.elements_len() as i32);
    let thresholds: Vec<i32> = (0..count).map(|i| (i - 1) << 29).collect();
    let outputs = [BOOL, I32].map(|of| Tensor::new(of, &[count]));
    let label = format!("{}_{count}", join(&input.shape));
    let inputs = [input, targets, Tensor::integers(&thresholds)];
    let case = Case::new(label, inputs, outputs[0].clone(), Options::None);
    Some(case.outputs(outputs.to_vec()).custom(vec![]))
}

/// Scores of the classes and of a background, and anchors in a square. At most five detections;
/// what is behind the last one keeps its value.
fn detection_postprocess(params: &Params) -> Option<Case> {
    let [1, boxes, 4] = *params.input.shape else { return None };
    let classes = params.channels;
    let scores = Tensor::new(F32, &[1, boxes, classes + 1]);
    let anchors = (0..boxes).flat_map(|i| [0.3 * (i % 3) as f32, 0.2 * (i / 3) as f32, 0.5, 0.4]);
    let data = anchors.flat_map(f32::to_le_bytes).collect();
    let anchors = Tensor { data: Some(data), ..Tensor::new(F32, &[boxes, 4]) };
    let output = |shape: &[i32]| Tensor { variable: true, ..Tensor::new(F32, shape) };
    let outputs = vec![output(&[1, 5, 4]), output(&[1, 5]), output(&[1, 5]), output(&[1])];
    let each_class = params.variant == EACH_CLASS;
    let options = mixed_map(&[
        ("detections_per_class", Flex::Int(2)),
        ("h_scale", Flex::Float(5.0)),
        ("max_classes_per_detection", Flex::Int(1)),
        ("max_detections", Flex::Int(5)),
        ("nms_iou_threshold", Flex::Float(0.4)),
        ("nms_score_threshold", Flex::Float(0.1)),
        ("num_classes", Flex::Int(classes)),
        ("use_regular_nms", Flex::Int(each_class.into())),
        ("w_scale", Flex::Float(5.0)),
        ("x_scale", Flex::Float(10.0)),
        ("y_scale", Flex::Float(10.0)),
    ]);
    let mark = if each_class { "_each" } else { "" };
    let label = format!("{}_{classes}{mark}", join(&params.input.shape));
    let inputs = [params.input.clone(), scores, anchors];
    let case = Case::new(label, inputs, outputs[0].clone(), Options::None);
    Some(case.outputs(outputs).custom(options))
}
