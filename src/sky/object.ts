/**
 * The physical parameters of one simulated object. Lengths are in arc seconds unless noted, angles in degrees. Position
 * angles run from the picture's x axis towards its y axis (downwards). `flux` is a fraction of the object's light in r. An
 * absent part is null.
 */
export interface SkyObject {
  readonly kind: 'elliptical' | 'disk' | 'irregular' | 'star' | 'artifact';
  /** Total apparent magnitude in r; sets the signal-to-noise ratio. The challenge's galaxies are brighter than 17.77. */
  readonly magnitude: number;
  readonly redshift: number;
  /** Position angle of the major axis, 0…180. */
  readonly positionAngle: number;
  /** A Sérsic profile: the whole of an elliptical, or the bulge of a disk galaxy. */
  readonly bulge: {
    readonly flux: number;
    readonly effectiveRadius: number;
    readonly sersicIndex: number;
    /** Apparent axis ratio b/a, 0…1. */
    readonly axisRatio: number;
    /** 0 for elliptical isophotes, 1 for boxy ones. */
    readonly boxiness: number;
    readonly colour: Colour;
  } | null;
  /** An exponential disk. */
  readonly disk: {
    readonly scaleLength: number;
    /** 0 for face-on, 90 for edge-on. */
    readonly inclination: number;
    /** Scale height over scale length. */
    readonly thickness: number;
    readonly colour: Colour;
    /** Displacement of the mid-plane at three scale lengths, in scale lengths. */
    readonly warp: number;
  } | null;
  readonly bar: {
    readonly flux: number;
    /** Semi-major axis. */
    readonly length: number;
    readonly axisRatio: number;
    /** Angle from the line of nodes, in the disk plane. */
    readonly angle: number;
  } | null;
  readonly arms: {
    readonly number: number;
    /** Pitch angle: 5 for tightly wound arms, 40 for open ones. */
    readonly pitch: number;
    /** Winding direction. */
    readonly sense: 1 | -1;
    readonly phase: number;
    /** Contrast of the arms with the disk between them, 0…1. */
    readonly contrast: number;
    /** 0 for a grand-design spiral, 1 for a flocculent one. */
    readonly flocculence: number;
    /** Strength of blue star-forming knots, 0…1. */
    readonly clumps: number;
    /** Strength of dust lanes along the arms' inner edges, 0…1. */
    readonly dust: number;
  } | null;
  readonly ring: {
    readonly flux: number;
    readonly radius: number;
    /** Gaussian σ over radius. */
    readonly width: number;
  } | null;
  /** Arcs of a gravitationally lensed background galaxy around the centre. */
  readonly lens: {
    readonly flux: number;
    readonly radius: number;
    /** Angular length of each arc, seen from the centre. */
    readonly extent: number;
    readonly arcs: number;
    readonly angle: number;
  } | null;
  /** A dust lane along the major axis, as in edge-on disks. */
  readonly dustLane: { readonly depth: number; readonly width: number } | null;
  /** A merging companion. */
  readonly companion: {
    readonly flux: number;
    readonly distance: number;
    readonly angle: number;
    readonly effectiveRadius: number;
    readonly axisRatio: number;
    /** Strength of tidal tails and bridge, 0…1. */
    readonly tails: number;
  } | null;
  /** Strength of lopsidedness, twist and waves, 0…1. */
  readonly disturbance: number;
  /** Fraction of the disk's light in irregular star-forming lumps, relative to the maximum, 0…1. */
  readonly lumpiness: number;
  readonly artifact: 'saturated star' | 'satellite trail' | 'bleeding' | 'diffraction spikes' | null;
  /** FWHM of the point-spread function (PSF). */
  readonly seeing: number;
}

/** Colour indices g − r and r − i, magnitudes. */
export interface Colour {
  readonly gr: number;
  readonly ri: number;
}
