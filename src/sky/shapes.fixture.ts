/** A small second survey: three questions, eight answers. */
export const SHAPES = {
  name: 'shapes',
  title: 'Shapes',
  source: 'a test',
  questions: [
    {
      topic: 'form',
      text: 'Is it smooth, or are there features?',
      answers: [
        { text: 'smooth', column: 'smooth', next: 'outline', from: ['1.1'] },
        { text: 'features', column: 'features', next: 'arms', from: ['Class1.2'] },
        { text: 'no galaxy', column: 'no-galaxy', from: ['1.3'] },
      ],
    },
    {
      topic: 'outline',
      text: 'Is it round?',
      answers: [
        { text: 'round', column: 'round', from: ['7.1'] },
        { text: 'long', column: 'long', from: ['7.2', '7.3'] },
      ],
    },
    {
      topic: 'arms',
      text: 'How many arms are there?',
      answers: [
        { text: 'one or two', column: 'few', from: ['11.1', '11.2'] },
        { text: 'more', column: 'many', from: ['11.3', '11.4', '11.5'] },
        { text: 'unclear', column: 'unclear', from: ['11.6'] },
      ],
    },
  ],
};
