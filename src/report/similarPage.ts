/** The page of the galaxies that are most similar to one. */
import { type GalaxyCard, page } from './page.ts';
import { decimals, inGroups } from './table.ts';

interface ShownGalaxy {
  readonly id: string;
  /** A picture as a data: URI. */
  readonly image?: string;
}

export interface SimilarReport {
  readonly to: ShownGalaxy;
  /** The most similar first. */
  readonly neighbours: readonly (ShownGalaxy & { readonly similarity: number })[];
  /** Galaxies that were compared. */
  readonly galaxies: number;
  /** The layer that has the features as its output. */
  readonly layer: string;
}

/** Draws a grid of the galaxies. */
export function similarPage({ to, neighbours, galaxies, layer }: SimilarReport): string {
  const cards = neighbours.map(
    ({ id, image, similarity }): GalaxyCard => ({ title: id, image, text: decimals(similarity, 3) }),
  );
  const about = `The highest of ${inGroups(galaxies)} cosine similarities between the features at ${layer}, after the mean of all galaxies is subtracted: 1 is equal, 0 unrelated.`;
  const one = [{ title: to.id, image: to.image, text: '' }];
  return page({
    title: `Galaxies similar to ${to.id}`,
    sections: [
      {
        blocks: [
          { kind: 'galaxies', heading: 'Similar to', text: '', galaxies: one },
          { kind: 'galaxies', heading: 'Most similar', text: about, galaxies: cards },
        ],
      },
    ],
  });
}
