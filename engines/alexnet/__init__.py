"""AlexNet (Krizhevsky, 2014: "One weird trick for parallelizing convolutional neural networks")."""
