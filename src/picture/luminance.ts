/** The luminance of a colour by Rec. 709's weights, on the scale of its channels. @example luminance(255, 255, 255) // 255 */
export const luminance = (red: number, green: number, blue: number): number =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue;
