/**
 * Galaxy Zoo Hubble (Willett et al. 2017, MNRAS 464, 4176): wordings and routes of figure 4, columns of the catalogue (willettk/gzhubble,
 * `column_descriptions_main.tsv`). Each column here is the stem of several in the table: `…_fraction`, `…_weighted_fraction`. Clumps in a spiral
 * pattern lead to the questions about a disk: the figure's dashed line.
 */
import { defineTree } from '../tree.ts';

/** Galaxy Zoo Hubble: 18 questions, 57 answers. @example GALAXY_ZOO_HUBBLE.columns[0].name // 't01_smooth_or_features_a01_smooth' */
export const GALAXY_ZOO_HUBBLE = defineTree({
  name: 'gz-hubble',
  title: 'Galaxy Zoo Hubble',
  source: 'Willett et al. 2017, MNRAS 464, 4176: the decision tree, and the columns of the main table',
  fractions: 'conditional',
  questions: [
    {
      topic: 'shape',
      text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
      answers: [
        { text: 'smooth', column: 't01_smooth_or_features_a01_smooth', next: 'roundness' },
        { text: 'features or disk', column: 't01_smooth_or_features_a02_features_or_disk', next: 'clumpy' },
        { text: 'star or artifact', column: 't01_smooth_or_features_a03_star_or_artifact' },
      ],
    },
    {
      topic: 'roundness',
      text: 'How rounded is it?',
      answers: [
        { text: 'completely round', column: 't07_rounded_a01_completely_round', next: 'odd' },
        { text: 'in between', column: 't07_rounded_a02_in_between', next: 'odd' },
        { text: 'cigar-shaped', column: 't07_rounded_a03_cigar_shaped', next: 'odd' },
      ],
    },
    {
      topic: 'clumpy',
      text: 'Does the galaxy have a mostly clumpy appearance?',
      answers: [
        { text: 'yes', column: 't12_clumpy_a01_yes', next: 'clump count' },
        { text: 'no', column: 't12_clumpy_a02_no', next: 'edge-on' },
      ],
    },
    {
      topic: 'clump count',
      text: 'How many clumps are there?',
      answers: [
        { text: '1', column: 't16_clumps_count_a01_1', next: 'symmetry' },
        { text: '2', column: 't16_clumps_count_a02_2', next: 'bright clump' },
        { text: '3', column: 't16_clumps_count_a03_3', next: 'clump arrangement' },
        { text: '4', column: 't16_clumps_count_a04_4', next: 'clump arrangement' },
        { text: 'more than 4', column: 't16_clumps_count_a05_more_than_4', next: 'clump arrangement' },
        { text: "can't tell", column: 't16_clumps_count_a06_cant_tell', next: 'clump arrangement' },
      ],
    },
    {
      topic: 'clump arrangement',
      text: 'Do the clumps appear in a straight line, a chain, a cluster, or a spiral pattern?',
      answers: [
        { text: 'straight line', column: 't15_clumps_arrangement_a01_line', next: 'bright clump' },
        { text: 'chain', column: 't15_clumps_arrangement_a02_chain', next: 'bright clump' },
        { text: 'cluster', column: 't15_clumps_arrangement_a03_cluster', next: 'bright clump' },
        { text: 'spiral', column: 't15_clumps_arrangement_a04_spiral', next: 'bar' },
      ],
    },
    {
      topic: 'bright clump',
      text: 'Is there one clump which is clearly brighter than the others?',
      answers: [
        { text: 'yes', column: 't13_bright_clump_a01_yes', next: 'central clump' },
        { text: 'no', column: 't13_bright_clump_a02_no', next: 'symmetry' },
      ],
    },
    {
      topic: 'central clump',
      text: 'Is the brightest clump central to the galaxy?',
      answers: [
        { text: 'yes', column: 't14_bright_clump_central_a01_yes', next: 'symmetry' },
        { text: 'no', column: 't14_bright_clump_central_a02_no', next: 'symmetry' },
      ],
    },
    {
      topic: 'symmetry',
      text: 'Does the galaxy appear symmetrical?',
      answers: [
        { text: 'yes', column: 't17_clumps_symmetrical_a01_yes', next: 'embedded clumps' },
        { text: 'no', column: 't17_clumps_symmetrical_a02_no', next: 'embedded clumps' },
      ],
    },
    {
      topic: 'embedded clumps',
      text: 'Do the clumps appear to be embedded within a larger object?',
      answers: [
        { text: 'yes', column: 't18_clumps_embedded_a01_yes', next: 'odd' },
        { text: 'no', column: 't18_clumps_embedded_a02_no', next: 'odd' },
      ],
    },
    {
      topic: 'edge-on',
      text: 'Could this be a disk viewed edge-on?',
      answers: [
        { text: 'yes', column: 't02_edgeon_a01_yes', next: 'edge-on bulge' },
        { text: 'no', column: 't02_edgeon_a02_no', next: 'bar' },
      ],
    },
    {
      topic: 'edge-on bulge',
      text: 'Does the galaxy have a bulge at its center? If so, what shape?',
      answers: [
        { text: 'rounded', column: 't09_bulge_shape_a01_rounded', next: 'odd' },
        { text: 'boxy', column: 't09_bulge_shape_a02_boxy', next: 'odd' },
        { text: 'no bulge', column: 't09_bulge_shape_a03_no_bulge', next: 'odd' },
      ],
    },
    {
      topic: 'bar',
      text: 'Is there a sign of a bar feature through the center of the galaxy?',
      answers: [
        { text: 'yes', column: 't03_bar_a01_bar', next: 'spiral' },
        { text: 'no', column: 't03_bar_a02_no_bar', next: 'spiral' },
      ],
    },
    {
      topic: 'spiral',
      text: 'Is there any sign of a spiral arm pattern?',
      answers: [
        { text: 'yes', column: 't04_spiral_a01_spiral', next: 'arm winding' },
        { text: 'no', column: 't04_spiral_a02_no_spiral', next: 'bulge' },
      ],
    },
    {
      topic: 'arm winding',
      text: 'How tightly wound do the spiral arms appear?',
      answers: [
        { text: 'tight', column: 't10_arms_winding_a01_tight', next: 'arm count' },
        { text: 'medium', column: 't10_arms_winding_a02_medium', next: 'arm count' },
        { text: 'loose', column: 't10_arms_winding_a03_loose', next: 'arm count' },
      ],
    },
    {
      topic: 'arm count',
      text: 'How many spiral arms are there?',
      answers: [
        { text: '1', column: 't11_arms_number_a01_1', next: 'bulge' },
        { text: '2', column: 't11_arms_number_a02_2', next: 'bulge' },
        { text: '3', column: 't11_arms_number_a03_3', next: 'bulge' },
        { text: '4', column: 't11_arms_number_a04_4', next: 'bulge' },
        { text: 'more than 4', column: 't11_arms_number_a05_more_than_4', next: 'bulge' },
        { text: "can't tell", column: 't11_arms_number_a06_cant_tell', next: 'bulge' },
      ],
    },
    {
      topic: 'bulge',
      text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
      answers: [
        { text: 'no bulge', column: 't05_bulge_prominence_a01_no_bulge', next: 'odd' },
        { text: 'just noticeable', column: 't05_bulge_prominence_a02_just_noticeable', next: 'odd' },
        { text: 'obvious', column: 't05_bulge_prominence_a03_obvious', next: 'odd' },
        { text: 'dominant', column: 't05_bulge_prominence_a04_dominant', next: 'odd' },
      ],
    },
    {
      topic: 'odd',
      text: 'Is there anything odd?',
      answers: [
        { text: 'yes', column: 't06_odd_a01_yes', next: 'odd feature' },
        { text: 'no', column: 't06_odd_a02_no' },
      ],
    },
    {
      topic: 'odd feature',
      text: 'Is the odd feature a ring, or is the galaxy disturbed or irregular?',
      answers: [
        { text: 'ring', column: 't08_odd_feature_a01_ring' },
        { text: 'lens or arc', column: 't08_odd_feature_a02_lens_or_arc' },
        { text: 'disturbed', column: 't08_odd_feature_a03_disturbed' },
        { text: 'irregular', column: 't08_odd_feature_a04_irregular' },
        { text: 'other', column: 't08_odd_feature_a05_other' },
        { text: 'merger', column: 't08_odd_feature_a06_merger' },
        { text: 'dust lane', column: 't08_odd_feature_a07_dust_lane' },
      ],
    },
  ],
});
