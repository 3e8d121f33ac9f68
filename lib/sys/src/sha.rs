//! Hash instructions of the processor.
