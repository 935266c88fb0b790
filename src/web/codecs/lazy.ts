/** A value that is loaded when it is first needed. */
export class Lazy<Value> {
  private value: Promise<Value> | undefined;

  /** @param load called by the first `get`, and by the next one after a failure or `forget` */
  constructor(private readonly load: () => Promise<Value>) {}

  get(): Promise<Value> {
    this.value ??= this.load().catch((error) => {
      this.forget();
      throw error;
    });
    return this.value;
  }

  forget(): void {
    this.value = undefined;
  }
}
