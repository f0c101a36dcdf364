//! Everything that generated code may touch. Nothing here is part of the public interface.
