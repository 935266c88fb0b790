import { describe, expect, it } from 'vitest';
import { readPositions } from './positions.ts';
import { openTable } from './tables/open.ts';

const read = async (text: string, idColumn?: string) =>
  readPositions(await openTable(new TextEncoder().encode(text), 'galaxies.csv'), { idColumn });

describe('the positions of a catalogue', () => {
  it('keep all digits of IDs, in the order of the table', async () => {
    expect(await read('objid,RAJ2000,z,DEJ2000\n587739505552785605,0,0.1,-90\n12,360,0.2,90\n')).toEqual([
      { id: '587739505552785605', ra: 0, dec: -90 },
      { id: '12', ra: 360, dec: 90 },
    ]);
    expect(await read('name,objid,ra,dec\nM51,1,1,2\n', 'name')).toMatchObject([{ id: 'M51' }]);
  });

  it.each([
    ['objid,z\n1,2\n', 'galaxies.csv: expected a column ra in degrees, got objid, z'],
    ['objid,ra\n1,2\n', 'galaxies.csv: expected a column dec in degrees, got objid, ra'],
    ['objid,ra,RA,dec\n1,2,2,3\n', 'galaxies.csv: expected one column of ra, got ra and RA'],
    ['nr,ra,dec\n1,2,3\n', 'galaxies.csv has no column of IDs with a usual name'],
    ['objid,ra,dec\n', 'galaxies.csv: has a header but no rows'],
    ['objid,ra,dec\n1,2,3\n2,360.1,3\n', 'galaxies.csv line 3: ra: expected 0…360, got 360.1'],
    ['objid,ra,dec\n1,2,-90.5\n', 'galaxies.csv line 2: dec: expected -90…90, got -90.5'],
    ['objid,ra,dec\n1,,3\n', 'galaxies.csv line 2: ra: expected 0…360, got nothing'],
    ['objid,ra,dec\n1,12:30:00,3\n', /^galaxies\.csv line 2: ra: .*12:30:00/],
    ['objid,ra,dec\n1,2,3\n7,2,3\n1,4,5\n', 'galaxies.csv line 4: objid 1 is already in line 2'],
    ['objid,ra,dec\n,2,3\n', 'galaxies.csv line 2: objid: expected an ID, got an empty cell'],
    ['objid,ra,dec\na/b,2,3\nc,2,3\n', "line 2: expected an ID that can be the name of a file, got 'a/b'"],
    ['objid,ra,dec\n..,2,3\n', "line 2: expected an ID that can be the name of a file, got '..'"],
  ])('%j are refused', async (text, says) => {
    await expect(read(text)).rejects.toThrow(says);
  });
});
