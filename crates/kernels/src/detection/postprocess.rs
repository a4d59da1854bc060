//! TFLite_Detection_PostProcess: the best boxes of a detector, without those that overlap them.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/detection_postprocess.cc`. It sorts candidates and keeps
//! the sorted lists; here the best candidate is looked for each time, which takes no memory.

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::Load;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// Numbers of a box: of an encoded one its center (y, x), height and width; of a decoded one its
/// top, left, bottom and right.
const BOX: usize = 4;

/// The options of a detector.
#[derive(Clone, Copy, Debug)]
pub struct DetectionOptions {
    /// Most detections.
    pub max_detections: i32,
    /// Most detections of one class, if each class is searched by itself.
    pub detections_per_class: i32,
    /// Classes, without that of the background.
    pub classes: i32,
    /// The score that a detection has at least.
    pub score_threshold: f32,
    /// The share of their union that two detections have in common at most.
    pub overlap_threshold: f32,
    /// What encodings of y, x, height and width are divided by.
    pub scales: [f32; BOX],
    /// Whether each class is searched by itself, and not only for the best class of each box.
    pub each_class: bool,
}

/// Parameters of a detector.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct DetectionParams {
    boxes: u32,
    /// Numbers of each encoding, of which four are read.
    encoding_len: u32,
    classes: u32,
    /// Scores of each box that come before those of its classes: 1 with a background.
    background: u32,
    max_detections: u32,
    /// 0 if only the best class of each box is searched.
    detections_per_class: u32,
    score_threshold: f32,
    overlap_threshold: f32,
    scales: [f32; BOX],
}

/// The outputs of a detector, each with room for all detections.
#[derive(Debug)]
pub struct Detections<'o> {
    /// Four numbers for each: top, left, bottom and right.
    pub boxes: &'o mut [f32],
    /// Their classes, from 0 on.
    pub classes: &'o mut [f32],
    /// Their scores, the best one first.
    pub scores: &'o mut [f32],
}

impl DetectionParams {
    /// Parameters for encodings of shape `[1, boxes, 4 or more]`, scores of
    /// `[1, boxes, classes, with or without one of the background]` and anchors of `[boxes, 4]`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] or [`ParamsError::ShapeMismatch`] for other shapes,
    /// [`ParamsError::Dimension`] for a number of detections or classes below 1.
    pub fn new(
        options: &DetectionOptions,
        encodings: &Shape,
        scores: &Shape,
        anchors: &Shape,
    ) -> Result<Self, ParamsError> {
        for (shape, rank) in [(encodings, 3), (scores, 3), (anchors, 2)] {
            if shape.rank() != rank {
                return Err(ParamsError::Rank { actual: shape.rank() });
            }
        }
        let boxes = encodings.dim(1);
        agree(1_u32, encodings.dim(0))?;
        agree(1_u32, scores.dim(0))?;
        agree(boxes, scores.dim(1))?;
        agree(boxes, anchors.dim(0))?;
        agree(BOX as u32, anchors.dim(1))?;
        agree(BOX as u32, encodings.dim(2).min(BOX as u32))?;
        let positive = |value: i32| match u32::try_from(value) {
            Ok(number @ 1..) => Ok(number),
            _ => Err(ParamsError::Dimension { value }),
        };
        let classes = positive(options.classes)?;
        let columns = scores.dim(2);
        let background = columns.wrapping_sub(classes);
        if background > 1 {
            return Err(ParamsError::ShapeMismatch { expected: classes, actual: columns });
        }
        let per_class = if options.each_class { options.detections_per_class } else { 1 };
        let per_class = positive(per_class)?;
        Ok(Self {
            boxes,
            encoding_len: encodings.dim(2),
            classes,
            background,
            max_detections: positive(options.max_detections)?,
            detections_per_class: if options.each_class { per_class } else { 0 },
            score_threshold: options.score_threshold,
            overlap_threshold: options.overlap_threshold,
            scales: options.scales,
        })
    }

    /// Most detections that are written.
    pub fn max_detections(&self) -> usize {
        self.max_detections as usize
    }

    /// Numbers of the scratch memory: a decoded box and a score for each.
    pub fn scratch_len(&self) -> usize {
        (self.boxes as usize).saturating_mul(BOX + 1)
    }

    /// Writes the detections, and gives their number; `None` if a box has no extent, or there are
    /// more detections than room: the outputs are then unspecified.
    ///
    /// If each class is searched by itself, zeros are behind the last detection; otherwise what was
    /// there before, as in the reference.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if an input or the scratch memory is not as long as its shape. Nothing is
    /// written.
    ///
    /// ```
    /// use bantam_kernels::Shape;
    /// use bantam_kernels::detection::postprocess::*;
    /// let options = DetectionOptions {
    ///     max_detections: 2,
    ///     detections_per_class: 1,
    ///     classes: 1,
    ///     score_threshold: 0.5,
    ///     overlap_threshold: 0.5,
    ///     scales: [1.0; 4],
    ///     each_class: false,
    /// };
    /// let shape = |dims: &[i32]| Shape::new(dims);
    /// let (encodings, scores) = (shape(&[1, 2, 4])?, shape(&[1, 2, 1])?);
    /// let params = DetectionParams::new(&options, &encodings, &scores, &shape(&[2, 4])?)?;
    /// let (mut boxes, mut classes, mut best) = ([0.0; 8], [0.0; 2], [0.0; 2]);
    /// let detections =
    ///     Detections { boxes: &mut boxes, classes: &mut classes, scores: &mut best };
    /// let anchors = [1.0_f32, 2.0, 2.0, 4.0, 1.0, 2.0, 2.0, 4.0];
    /// let count = params.run(&[0.0_f32; 8], &[0.7, 0.9], &anchors, &mut [0.0; 10], detections)?;
    /// assert_eq!((count, best[0]), (Some(1), 0.9)); // the same box twice
    /// assert_eq!(boxes[..4], [0.0, 0.0, 2.0, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run<I: Load<f32>>(
        &self,
        encodings: &[I],
        scores: &[I],
        anchors: &[I],
        scratch: &mut [f32],
        mut detections: Detections<'_>,
    ) -> Result<Option<usize>, LengthMismatch> {
        let (boxes, columns) = (self.boxes as usize, self.columns());
        let check = LengthMismatch::check;
        let encoding_len = self.encoding_len as usize;
        check(Operand::Input, boxes.saturating_mul(encoding_len), encodings.len())?;
        check(Operand::Input2, boxes.saturating_mul(columns), scores.len())?;
        check(Operand::Filter, boxes.saturating_mul(BOX), anchors.len())?;
        check(Operand::Scratch, self.scratch_len(), scratch.len())?;
        let (decoded, candidates) =
            scratch.split_at_mut_checked(boxes.saturating_mul(BOX)).unwrap_or_default();
        let (decoded, _) = decoded.as_chunks_mut::<BOX>();
        let (anchors, _) = anchors.as_chunks::<BOX>();
        let rows = (0..).map(|at: usize| encodings.get(at.wrapping_mul(encoding_len)..));
        for ((corners, anchor), encoding) in decoded.iter_mut().zip(anchors).zip(rows) {
            let Some([y, x, height, width, ..]) = encoding else { break };
            *corners = self.decode([y, x, height, width].map(|n| n.load()), anchor.map(I::load));
            let [top, left, bottom, right] = *corners;
            if top >= bottom || left >= right {
                return Ok(None);
            }
        }
        let decoded = &*decoded;
        if self.detections_per_class == 0 {
            return Ok(self.best_classes(scores, decoded, candidates, detections));
        }
        let mut count = 0;
        for class in 0..self.classes as usize {
            let first = class.wrapping_add(self.background as usize);
            let column = scores.get(first..).unwrap_or(&[]).iter().step_by(columns.max(1));
            candidates.iter_mut().zip(column).for_each(|(to, score)| *to = score.load());
            let most = self.detections_per_class as usize;
            self.search(decoded, candidates, most, |at, score| {
                let corners = decoded.get(at).copied().unwrap_or_default();
                count = detections.insert(count, self.max_detections(), class, score, corners);
            });
        }
        detections.clear_from(count, self.max_detections());
        Ok(detections.has_room(count).then_some(count))
    }

    /// Scores of each box.
    fn columns(&self) -> usize {
        (self.classes as usize).wrapping_add(self.background as usize)
    }

    /// The corners of a box, in double precision as in the reference, with `libm`'s `exp` where
    /// that calls the one of its C library.
    fn decode(&self, encoding: [f32; BOX], anchor: [f32; BOX]) -> [f32; BOX] {
        let [y, x, height, width] = encoding.map(f64::from);
        let [y_scale, x_scale, height_scale, width_scale] = self.scales.map(f64::from);
        let [anchor_y, anchor_x, anchor_height, anchor_width] = anchor.map(f64::from);
        let center =
            |at: f64, scale: f64, extent: f64, anchor: f64| (at / scale * extent + anchor) as f32;
        let half = |extent: f64, scale: f64, anchor: f64| {
            (0.5 * libm::exp(extent / scale) * anchor) as f32
        };
        let y = center(y, y_scale, anchor_height, anchor_y);
        let x = center(x, x_scale, anchor_width, anchor_x);
        let half_height = half(height, height_scale, anchor_height);
        let half_width = half(width, width_scale, anchor_width);
        [y - half_height, x - half_width, y + half_height, x + half_width]
    }

    /// Searches boxes with the score of their best class.
    fn best_classes<I: Load<f32>>(
        &self,
        scores: &[I],
        decoded: &[[f32; BOX]],
        candidates: &mut [f32],
        detections: Detections<'_>,
    ) -> Option<usize> {
        let best = |at: usize| {
            let start = at.wrapping_mul(self.columns()).wrapping_add(self.background as usize);
            let row = scores.get(start..).unwrap_or(&[]).iter().take(self.classes as usize);
            let mut best = (0, f32::NEG_INFINITY);
            for (class, score) in row.map(|score| score.load()).enumerate() {
                if class == 0 || score > best.1 {
                    best = (class, score);
                }
            }
            best
        };
        candidates.iter_mut().enumerate().for_each(|(at, score)| (_, *score) = best(at));
        let mut count = 0;
        let Detections { boxes, classes, scores } = detections;
        let (boxes, _) = boxes.as_chunks_mut::<BOX>();
        let mut has_room = true;
        self.search(decoded, candidates, self.max_detections(), |at, score| {
            let slots = (boxes.get_mut(count), classes.get_mut(count), scores.get_mut(count));
            if let (Some(box_slot), Some(class_slot), Some(score_slot)) = slots {
                *box_slot = decoded.get(at).copied().unwrap_or_default();
                (*class_slot, *score_slot) = (best(at).0 as f32, score);
            } else {
                has_room = false;
            }
            count += 1;
        });
        has_room.then_some(count)
    }

    /// Calls `found` for the candidates with at least the least score, the best one first, of which
    /// none has too much in common with one before; for `most` at most. Candidates are used up.
    fn search(
        &self,
        decoded: &[[f32; BOX]],
        candidates: &mut [f32],
        most: usize,
        mut found: impl FnMut(usize, f32),
    ) {
        for _ in 0..most {
            let mut best: Option<(usize, f32)> = None;
            for (at, &score) in candidates.iter().enumerate() {
                if score >= self.score_threshold && best.is_none_or(|(_, most)| score > most) {
                    best = Some((at, score));
                }
            }
            let Some((best, score)) = best else { return };
            found(best, score);
            let chosen = decoded.get(best).copied().unwrap_or_default();
            for (at, (candidate, corners)) in candidates.iter_mut().zip(decoded).enumerate() {
                // A NaN has no score.
                if at == best
                    || *candidate >= self.score_threshold
                        && common_share(&chosen, corners) > self.overlap_threshold
                {
                    *candidate = f32::NAN;
                }
            }
        }
    }
}

/// The share of their union that two boxes have in common.
///
/// Source: `ComputeIntersectionOverUnion`.
fn common_share(a: &[f32; BOX], b: &[f32; BOX]) -> f32 {
    let area = |[top, left, bottom, right]: &[f32; BOX]| (bottom - top) * (right - left);
    let (area_a, area_b) = (area(a), area(b));
    if area_a <= 0.0 || area_b <= 0.0 {
        return 0.0;
    }
    // As `std::max` and `std::min` have it, which keep the first of what does not compare.
    let max = |a: f32, b: f32| if a < b { b } else { a };
    let min = |a: f32, b: f32| if b < a { b } else { a };
    let height = max(min(a[2], b[2]) - max(a[0], b[0]), 0.0);
    let width = max(min(a[3], b[3]) - max(a[1], b[1]), 0.0);
    let common = height * width;
    common / (area_a + area_b - common)
}

impl Detections<'_> {
    /// Whether there is room for so many.
    fn has_room(&self, count: usize) -> bool {
        let boxes = self.boxes.len() / BOX;
        count <= boxes.min(self.classes.len()).min(self.scores.len())
    }

    /// Puts a detection behind those of `count` whose score is at least its own, and gives the new
    /// number of detections, `most` at most.
    fn insert(
        &mut self,
        count: usize,
        most: usize,
        class: usize,
        score: f32,
        corners: [f32; BOX],
    ) -> usize {
        let before = self.scores.iter().take(count).take_while(|&&other| other >= score).count();
        let count = if count < most { count + 1 } else { most };
        let (boxes, _) = self.boxes.as_chunks_mut::<BOX>();
        shift(boxes, before, count, corners);
        shift(self.classes, before, count, class as f32);
        shift(self.scores, before, count, score);
        count
    }

    /// Makes what is behind the last detection zero.
    fn clear_from(&mut self, count: usize, most: usize) {
        let (boxes, _) = self.boxes.as_chunks_mut::<BOX>();
        let clear = |list: &mut [f32]| {
            list.iter_mut().take(most).skip(count).for_each(|slot| *slot = 0.0);
        };
        boxes.iter_mut().take(most).skip(count).for_each(|slot| *slot = [0.0; BOX]);
        clear(self.classes);
        clear(self.scores);
    }
}

/// Puts `new` at place `at` of a list, whose elements from there on move up; `len` are kept.
fn shift<T: Copy>(list: &mut [T], at: usize, len: usize, new: T) {
    let mut moved = new;
    for slot in list.iter_mut().take(len).skip(at) {
        core::mem::swap(slot, &mut moved);
    }
}

#[cfg(test)]
mod tests;
