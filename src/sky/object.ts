/**
 * What a picture of the simulated sky shows, in physical parameters. Angular lengths are arc seconds unless said, angles
 * degrees; position angles are counted from the picture's x axis towards its y axis (downwards). `flux` fractions are
 * of the object's light in r. A part that is not there is null.
 */
export interface SkyObject {
  readonly kind: 'elliptical' | 'disk' | 'irregular' | 'star' | 'artifact';
  /** Total apparent magnitude in r: decides the noise. The challenge's galaxies are brighter than 17.77. */
  readonly magnitude: number;
  readonly redshift: number;
  /** Of the major axis, 0…180. */
  readonly positionAngle: number;
  /** A Sérsic profile: an elliptical as a whole, or a disk's bulge. */
  readonly bulge: {
    readonly flux: number;
    readonly effectiveRadius: number;
    readonly sersicIndex: number;
    /** Apparent b/a, 0…1. */
    readonly axisRatio: number;
    /** 0: ellipses; towards 1: boxes. */
    readonly boxiness: number;
    readonly colour: Colour;
  } | null;
  /** An exponential disk. */
  readonly disk: {
    readonly scaleLength: number;
    /** 0 is face-on, 90 edge-on. */
    readonly inclination: number;
    /** Scale height over scale length. */
    readonly thickness: number;
    readonly colour: Colour;
    /** Of the outer disk's plane, as a fraction of the scale length at three scale lengths. */
    readonly warp: number;
  } | null;
  readonly bar: {
    readonly flux: number;
    /** Half length. */
    readonly length: number;
    readonly axisRatio: number;
    /** In the disk's plane, from the line of nodes. */
    readonly angle: number;
  } | null;
  readonly arms: {
    readonly number: number;
    /** Pitch angle: 5 is tightly wound, 40 loose. */
    readonly pitch: number;
    /** Which way they wind: 1 or -1. */
    readonly sense: 1 | -1;
    readonly phase: number;
    /** Of the arm over the disk between arms, 0…1. */
    readonly contrast: number;
    /** 0 is a grand design, 1 flocculent: how far the arms break up. */
    readonly flocculence: number;
    /** Strength of blue knots of young stars, 0…1. */
    readonly clumps: number;
    /** Strength of dust lanes on the arms' inner edges, 0…1. */
    readonly dust: number;
  } | null;
  readonly ring: {
    readonly flux: number;
    readonly radius: number;
    /** Gaussian width over radius. */
    readonly width: number;
  } | null;
  /** A lensed background galaxy: arcs around the centre. */
  readonly lens: {
    readonly flux: number;
    readonly radius: number;
    /** How far each arc reaches round. */
    readonly extent: number;
    readonly arcs: number;
    readonly angle: number;
  } | null;
  /** An absorbing lane across the galaxy, as in an edge-on disk. */
  readonly dustLane: { readonly depth: number; readonly width: number } | null;
  /** Another galaxy that merges with this one. */
  readonly companion: {
    readonly flux: number;
    readonly distance: number;
    readonly angle: number;
    readonly effectiveRadius: number;
    readonly axisRatio: number;
    /** Strength of tails and bridges, 0…1. */
    readonly tails: number;
  } | null;
  /** Lopsidedness, shells and shreds, 0…1. */
  readonly disturbance: number;
  /** Star-forming lumps without order, 0…1: what makes an irregular. */
  readonly lumpiness: number;
  readonly artifact: 'saturated star' | 'satellite trail' | 'bleeding' | 'diffraction spikes' | null;
  /** Full width at half maximum of the point-spread function. */
  readonly seeing: number;
}

/** Colour indices in magnitudes. */
export interface Colour {
  readonly gr: number;
  readonly ri: number;
}
